import { attempt } from "../attempts/attempt";
import type { Released } from "../db/records";
import { log, logFault } from "../observability/log";
import { deliveryId } from "../vocabulary/ids";
import { type Deadline, PAUSE_AFTER_FAULT_MS } from "./deadlines";
import { type DeliveryContext, type DispatchRecord, type Ended, type LeasedDelivery, requestSpecOf } from "./delivery";
import { transitionOf } from "./transition";

/** Cloudflare lets six connections wait for an answer at a time; a seventh would use up its deadline in the queue. */
const SLOTS = 6;
/** One destination's deliveries take at most these, so that a hanging one leaves room for the others. */
const SLOTS_OF_ONE_DESTINATION = 3;

/**
 * Attempts each delivery, six at a time, as long as the deadline allows. `record` fills up as they end; a delivery that
 * was too late, or met a fault of ours, is released in it.
 */
export async function attemptAll(
  context: DeliveryContext,
  leased: LeasedDelivery[],
  deadline: Deadline,
  record: DispatchRecord,
): Promise<void> {
  const waiting = [...leased];
  const running = new Map<number, number>();

  /** The first that may go now: one that has no time left does not, nor one whose destination has its share of slots. */
  function next(): LeasedDelivery | undefined {
    for (let i = 0; i < waiting.length; i++) {
      const candidate = waiting[i];
      if (!candidate || (running.get(candidate.destination) ?? 0) >= SLOTS_OF_ONE_DESTINATION) continue;
      waiting.splice(i--, 1);
      const now = context.now();
      if (now <= deadline.startBy && now + candidate.target.timeoutMs <= deadline.endBy) return candidate;
      record.released.push(release(candidate, now));
    }
    return undefined;
  }

  async function slot(): Promise<void> {
    for (let leased = next(); leased; leased = next()) {
      running.set(leased.destination, (running.get(leased.destination) ?? 0) + 1);
      try {
        record.ended.push(await attemptOne(context, leased));
      } catch (error) {
        logFault("delivery.not_attempted", error, { delivery_id: deliveryId(leased.eventId, leased.destination) });
        record.released.push(release(leased, context.now() + PAUSE_AFTER_FAULT_MS));
      }
      running.set(leased.destination, (running.get(leased.destination) ?? 1) - 1);
    }
  }

  await Promise.all(Array.from({ length: SLOTS }, slot));
}

function release({ eventId, destination, lease }: LeasedDelivery, dueAt: number): Released {
  return { eventId, destination, lease, dueAt };
}

async function attemptOne(context: DeliveryContext, leased: LeasedDelivery): Promise<Ended> {
  const spec = await requestSpecOf(leased, context.sealingKeys, context.now());
  const made = await attempt(spec, context);
  log("delivery.attempted", {
    delivery_id: spec.deliveryId,
    destination_id: leased.target.destinationId,
    number: leased.attemptCount + 1,
    outcome: made.outcome,
    status_code: made.statusCode,
    duration_ms: made.durationMs,
  });
  return { leased, attempt: made, transition: transitionOf(leased, made, context.now(), context.random()) };
}
