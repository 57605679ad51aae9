import { type NewEvent, type StoredEvent, selectStoredEvents } from "../db/events";
import {
  type Claim,
  type ClaimedRows,
  claimOf,
  claimStatements,
  MOST_CLAIMED,
  newLease,
  type Wanted,
} from "../deliveries/claim";
import { log } from "../observability/log";
import { storeStatements } from "./accept";
import type { EventContext } from "./event";

/** An event that the queue took and the database will not: nobody is left to have it, or its key came with another body. */
export type Refused = { eventId: string; reason: "account_gone" | "idempotency_conflict" };

/**
 * Stores events that the queue took first, their deliveries leased, and claims what else is wanted: one transaction. An
 * event that comes twice is stored once, and its deliveries are whoever's is first.
 */
export async function acceptQueued(
  context: Pick<EventContext, "db" | "now">,
  events: NewEvent[],
  wanted: Wanted,
): Promise<Claim & { refused: Refused[] }> {
  const now = context.now();
  const lease = newLease(now);
  const stored = storeStatements(context.db, events, { ...lease, most: MOST_CLAIMED }, now);
  const results = await context.db.batch([
    ...stored,
    selectStoredEvents(context.db, events),
    ...claimStatements(context.db, wanted, lease, now),
  ]);
  const storedEvents = results[stored.length] as StoredEvent[];
  const refused = events.flatMap((event, i) => refusalOf(event, storedEvents[i]) ?? []);
  log("events.stored", { events: events.length, refused: refused.length });
  return { ...claimOf(results.slice(-3) as ClaimedRows), refused };
}

function refusalOf(event: NewEvent, verdict: StoredEvent | undefined): Refused | null {
  if (verdict?.itemId !== event.eventId) throw new Error("the database gave no verdict on an event");
  if (verdict.account === null) return { eventId: event.eventId, reason: "account_gone" };
  const conflicts = verdict.eventId !== event.eventId && verdict.payloadDigest !== event.payloadDigest;
  return conflicts ? { eventId: event.eventId, reason: "idempotency_conflict" } : null;
}
