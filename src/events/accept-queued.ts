import {
  type CheckedEvent,
  insertSchemaErrors,
  type NewEvent,
  type StoredEvent,
  selectStoredEvents,
} from "../db/events";
import { transaction } from "../db/transaction";
import { type Claim, claimOf, claimStatements, newLease, type Wanted } from "../deliveries/claim";
import { logDropped } from "../deliveries/dead-letters/dead-letters";
import { CLAIM } from "../deliveries/deadlines";
import { brokenOf, storeStatements } from "./accept";
import type { EventContext } from "./event";

/** An event that the queue took and the database will not: its key came with another body. */
export type Refused = { eventId: string; reason: "idempotency_conflict" };

/**
 * Stores events that the queue took first, their deliveries leased, and claims what else is wanted: one transaction. An
 * event that comes twice is stored once, and its deliveries are whoever's is first. The events are stored before the
 * claim, since both take the same lease and the claim reads all that it holds.
 * One whose token was not live any more when it came is dropped: nobody is left to have it. One that breaks the schema of
 * its type is marked, whatever its account wants: it was promised to be kept.
 */
export async function acceptQueued(
  context: Pick<EventContext, "db" | "now" | "inFlight" | "catalogues">,
  queued: NewEvent[],
  wanted: Wanted,
  most: number,
): Promise<Claim & { refused: Refused[] }> {
  const now = context.now();
  const events = queued.map((event): CheckedEvent => ({ ...event, ...context.catalogues.check(event) }));
  const lease = newLease(CLAIM, now);
  const { outcomes, claim } = await transaction(context.db, {
    store: storeStatements(context.db, events, { promised: true }, { ...lease, most }, now),
    outcomes: selectStoredEvents(context.db, events),
    claim: claimStatements(
      context,
      wanted,
      lease,
      most,
      events.map(({ eventId }) => eventId),
    ),
  });
  const outcomeOf = new Map(outcomes.map((outcome) => [outcome.itemId, outcome]));
  const known = events.filter(({ eventId }) => {
    const hasAccount = outcomeOf.get(eventId)?.account !== null;
    if (!hasAccount) logDropped(eventId);
    return hasAccount;
  });
  await markByNewCatalogues(context, events, outcomeOf);
  const refused = known.flatMap((event) => refusalOf(event, outcomeOf.get(event.eventId)) ?? []);
  return { ...claimOf(claim, most), left: claim.left[0] ?? null, refused };
}

/** Events that were stored by an older catalogue than there was, or by none that was known: a second transaction marks them. */
async function markByNewCatalogues(
  { db, catalogues }: Pick<EventContext, "db" | "catalogues">,
  events: CheckedEvent[],
  outcomeOf: ReadonlyMap<string, StoredEvent>,
): Promise<void> {
  for (const { eventId, tokenHash } of events) {
    const catalogue = outcomeOf.get(eventId)?.catalogue ?? null;
    if (catalogue !== null) catalogues.learn(tokenHash, catalogue);
  }
  const anew = events.flatMap((event) => {
    const revision = outcomeOf.get(event.eventId)?.catalogueRevision ?? null;
    return revision === null || revision === event.catalogueRevision ? [] : { ...event, ...catalogues.check(event) };
  });
  await insertSchemaErrors(db, brokenOf(anew))?.execute();
}

function refusalOf(event: NewEvent, outcome: StoredEvent | undefined): Refused | null {
  if (!outcome) throw new Error("the database does not say what became of an event");
  const conflicts = outcome.eventId !== event.eventId && outcome.payloadDigest !== event.payloadDigest;
  return conflicts ? { eventId: event.eventId, reason: "idempotency_conflict" } : null;
}
