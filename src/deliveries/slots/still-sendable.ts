/**
 * Stop means stop: once a destination or its account was removed, disabled or changed, or an event wiped, nothing that was
 * leased before goes out any more. What this isolate changes it knows at once; what others change it sees by looking again, which it
 * does when its last look is a second old.
 */
import type { Database } from "../../db/database";
import { selectSendable, selectWiped } from "../../db/engine/leases";
import { transaction } from "../../db/transaction";
import { LOOK_AGAIN_AFTER_MS } from "../deadlines";
import type { LeasedDelivery } from "../leased-delivery";
import type { Subrequests } from "./subrequests";

/** Requests are for attempts: whoever needs more looks than this hands over to the next invocation. */
const MOST_LOOKS = 4;

type Context = { db: Database; now: () => number; changes: Changes };

/** Counts the changes of settings, and the events wiped, that this isolate has made. */
export type Changes = { count: number };

export class StillSendable {
  #lookedAt: number;
  #changes: number;
  #looks = 0;
  #looking: Promise<void> | null = null;
  /** When each destination was last changed, and which events are wiped, by the last look; null before the first. */
  #found: { changedAt: Map<number, number>; wiped: Set<string> } | null = null;

  constructor(
    private readonly context: Context,
    private readonly leased: readonly LeasedDelivery[],
    private readonly subrequests: Subrequests,
  ) {
    this.#lookedAt = context.now();
    this.#changes = context.changes.count;
  }

  /** Whether this delivery may begin now as it was leased; without another look left, nothing may. */
  async has({ eventId, destination, target }: LeasedDelivery): Promise<boolean> {
    const { now, changes } = this.context;
    const fresh = now() - this.#lookedAt < LOOK_AGAIN_AFTER_MS && this.#changes === changes.count;
    if (!fresh) {
      if (this.#looks >= MOST_LOOKS || !this.subrequests.take()) return false;
      this.#looking = this.#look();
    }
    // Whoever comes while someone looks waits for what is seen.
    await this.#looking;
    if (this.#found === null) return true;
    const { changedAt, wiped } = this.#found;
    return changedAt.get(destination) === target.updatedAt && !wiped.has(eventId);
  }

  async #look(): Promise<void> {
    this.#looks++;
    this.#lookedAt = this.context.now();
    this.#changes = this.context.changes.count;
    const keys = [...new Set(this.leased.map(({ destination }) => destination))];
    const deliveries = this.leased.map(({ eventId, destination }) => ({ eventId, destination }));
    const { db } = this.context;
    const { sendable, wiped } = await transaction(db, {
      sendable: selectSendable(db, keys),
      wiped: selectWiped(db, deliveries),
    });
    this.#found = {
      changedAt: new Map(sendable.map(({ key, updatedAt }) => [key, updatedAt])),
      wiped: new Set(wiped.map(({ eventId }) => eventId)),
    };
  }
}
