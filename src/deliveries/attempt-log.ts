import type { Attempt } from "../attempts/attempt";
import { log } from "../observability/log";
import { deliveryId } from "../vocabulary/ids";
import type { LeasedDelivery } from "./leased-delivery";

/** Cloudflare keeps 256 KB of an invocation's log; an attempt takes about 180 bytes, and as much again at level `debug`. */
const MOST_LISTED = 500;

/** The attempts of one unit of work, for the line that is logged of it when they have ended. */
export class AttemptLog {
  readonly #listed: Record<string, unknown>[] = [];
  #leftOut = 0;
  /** How many were not made, since their destination did not ask for them. */
  filtered = 0;

  add({ eventId, destination, target, attemptCount }: LeasedDelivery, made: Attempt): void {
    if (this.#listed.length >= MOST_LISTED) {
      this.#leftOut++;
      return;
    }
    const one = {
      delivery_id: deliveryId(eventId, destination),
      destination_id: target.destinationId,
      number: attemptCount + 1,
      outcome: made.outcome,
      status_code: made.statusCode,
      duration_ms: made.durationMs,
    };
    log("delivery.attempted", one, "debug");
    this.#listed.push(one);
  }

  /** In the order in which they ended, the first 500; and how many more there were. */
  get fields(): { attempts: Record<string, unknown>[]; attempts_left_out?: number; filtered?: number } {
    return {
      attempts: this.#listed,
      ...(this.#leftOut > 0 && { attempts_left_out: this.#leftOut }),
      ...(this.filtered > 0 && { filtered: this.filtered }),
    };
  }
}
