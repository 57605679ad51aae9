import { type NewEvent, selectVerdicts, type Verdict } from "../db/events";
import {
  CLAIM_STATEMENTS,
  type Claim,
  type ClaimedRows,
  claimOf,
  claimStatements,
  newLease,
  type Wanted,
} from "../deliveries/claim";
import { log } from "../observability/log";
import { storeStatements } from "./accept";
import type { EventContext } from "./event";

/**
 * Stores events that the queue took first and claims their deliveries along with what else is wanted: one transaction.
 * An event that comes twice is stored once, and its deliveries are claimed by whoever is first.
 */
export async function acceptQueued(
  context: Pick<EventContext, "db" | "now">,
  events: NewEvent[],
  wanted: Wanted,
): Promise<Claim> {
  const now = context.now();
  const lease = newLease(now);
  const ofEvents = events.map(({ eventId }) => ({ eventId, destination: null }));
  const all = { ...wanted, deliveries: [...ofEvents, ...wanted.deliveries] };
  const results = await context.db.batch([
    ...storeStatements(context.db, events, null, now),
    selectVerdicts(context.db, events),
    ...claimStatements(context.db, all, lease, now),
  ]);
  const verdicts = results.at(-1 - CLAIM_STATEMENTS) as Verdict[];
  for (const { itemId, eventId, account } of verdicts) {
    log(account === null ? "event.refused" : "event.accepted", {
      event_id: itemId,
      duplicate_of: eventId === itemId ? null : eventId,
    });
  }
  return claimOf(results.slice(-3) as ClaimedRows);
}
