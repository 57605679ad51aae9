/**
 * Accepting an event: it is durable before the answer goes out. One transaction and one round trip find the account,
 * store the event with its fan-out, and bring back what the dispatch needs.
 */

import type { KnownCatalogues } from "../catalogues/known-catalogues";
import type { Database } from "../db/database";
import { wakeHeld } from "../db/engine/drains";
import { type FirstLease, fanOut } from "../db/engine/flights";
import { selectTargetsOf } from "../db/engine/leases";
import {
  type BrokenEvent,
  type CheckedEvent,
  insertEvent,
  insertSchemaErrors,
  type NewEvent,
  selectStoredEvents,
} from "../db/events";
import { GroupCommit } from "../db/group-commit";
import { transaction } from "../db/transaction";
import { GROUP_COMMIT_PATIENCE_MS, INLINE } from "../deliveries/deadlines";
import { OPEN_LIMITS, PROBE_WAIT_MS } from "../deliveries/recording/circuit";
import { isDatabaseUnavailable } from "../errors/database-errors";
import { logFault } from "../observability/log";
import { sha256Hex } from "../security/sha256";
import { newId } from "../vocabulary/ids";
import { type Acceptance, acceptanceOf } from "./acceptance";
import { enqueueEvent } from "./enqueue-event";
import type { Committed, EventContext } from "./event";

/** An event as it comes in, checked for form: the payload is JSON, the token is one of ours. */
export type Incoming = {
  token: string;
  payload: string;
  sizeBytes: number;
  idempotencyKey: string | null;
  /** As it came; null for `application/json`. */
  contentType: string | null;
  /** Names, lower-case, and values of what the account may pass on, see accounts/forward-headers. */
  headers: Record<string, string>;
  /** Through how many gateways it came. */
  hops: number;
};

/**
 * Takes an event in, or says why not. An event that is accepted or queued is durable.
 *
 * @param hold keeps the work going when the caller leaves: others may share its transaction
 */
export async function accept(
  context: EventContext,
  incoming: Incoming,
  hold: (work: Promise<unknown>) => void,
): Promise<Acceptance> {
  const now = context.now();
  const event: NewEvent = {
    eventId: newId("evt", now),
    tokenHash: await sha256Hex(incoming.token),
    idempotencyKey: incoming.idempotencyKey,
    payloadDigest: incoming.idempotencyKey === null ? null : await sha256Hex(incoming.payload),
    payload: incoming.payload,
    contentType: incoming.contentType,
    incomingHeaders: Object.keys(incoming.headers).length === 0 ? null : JSON.stringify(incoming.headers),
    hops: incoming.hops,
    sizeBytes: incoming.sizeBytes,
    receivedAt: now,
  };
  if (context.acceptInto === "queue") {
    const standing = await context.knownTokens.standingOf(context, event.tokenHash);
    if (standing === "not_live") return { kind: "token_unknown" };
    if (standing === "suspended") return { kind: "account_suspended" };
    // the database says of a full account's event whether it came before
    const mayBeQueued = standing !== "storage_full" && (await enqueueEvent(context.queue, event));
    if (mayBeQueued) return { kind: "queued", eventId: event.eventId };
  }
  try {
    return await store(context, event, hold);
  } catch (error) {
    // Whatever the database's reason, a deploy before its migration among them: what it does not take goes to the queue.
    logFault("event.not_stored", error, { event_id: event.eventId });
  }
  return (await enqueueEvent(context.queue, event))
    ? { kind: "queued", eventId: event.eventId }
    : { kind: "unavailable" };
}

/** How often an event is checked anew because its account's catalogue has changed meanwhile. */
const MOST_CHECKS = 5;

/** Each transaction says whether the catalogue is still the one that the event was checked against. */
async function store(
  context: EventContext,
  event: NewEvent,
  hold: (work: Promise<unknown>) => void,
): Promise<Acceptance> {
  for (let checks = 0; checks < MOST_CHECKS; checks++) {
    const checked = { ...event, ...context.catalogues.check(event) };
    const committing = context.accepts.submit(checked);
    hold(committing.catch(() => undefined));
    const committed = await committing;
    const { outcome } = committed;
    if (outcome.account !== null) context.limiter.learnAccountRate(outcome.account, outcome.rateLimit);
    const acceptance = acceptanceOf(checked, committed);
    if (acceptance !== null) return acceptance;
  }
  throw new Error("the account's catalogue changes all the time");
}

/** The accepts of one isolate, sharing transactions. @param mostInline how many deliveries of an event take off */
export function acceptGroup(
  db: Database,
  catalogues: KnownCatalogues,
  now: () => number,
  mostInline: number,
): GroupCommit<CheckedEvent, Committed> {
  return new GroupCommit((events) => commit(db, catalogues, events, mostInline, now()), {
    maxItems: 30,
    maxWeight: 4_000_000,
    weigh: ({ sizeBytes }) => sizeBytes,
    patienceMs: GROUP_COMMIT_PATIENCE_MS,
    lingerMs: 0,
    concernsAll: isDatabaseUnavailable,
  });
}

/** The events are stored before it is read what became of them, and where they go at once. */
async function commit(
  db: Database,
  catalogues: KnownCatalogues,
  events: CheckedEvent[],
  mostInline: number,
  now: number,
): Promise<Committed[]> {
  const inline: FirstLease = { most: mostInline, until: now + INLINE.leaseMs, name: null };
  const { outcomes, targets } = await transaction(db, {
    store: storeStatements(
      db,
      events.filter(({ refused }) => !refused),
      { promised: false },
      inline,
      now,
    ),
    outcomes: selectStoredEvents(db, events),
    targets: selectTargetsOf(
      db,
      events.map(({ eventId }) => eventId),
    ),
  });
  const outcomeOf = new Map(outcomes.map((outcome) => [outcome.itemId, outcome]));
  const targetOf = new Map(targets.map((target) => [target.key, target]));
  return events.map(({ eventId, tokenHash }) => {
    const outcome = outcomeOf.get(eventId);
    if (!outcome) throw new Error("the database does not say what became of an event");
    if (outcome.catalogue !== null) catalogues.learn(tokenHash, outcome.catalogue);
    return { outcome, targets: targetOf };
  });
}

/**
 * Stores the events with their fan-out; safe to run again. What was `promised` is stored even where the account's
 * storage is full. The order matters: `schemaErrors` and `fanOut` are made for the events
 * that `events` has stored, and `drainsBegun` looks for deliveries that are held.
 */
export function storeStatements(
  db: Database,
  events: CheckedEvent[],
  { promised }: { promised: boolean },
  lease: FirstLease,
  now: number,
) {
  const ids = events.map(({ eventId }) => eventId);
  return {
    events: events.map((event) => insertEvent(db, event, promised)),
    schemaErrors: insertSchemaErrors(db, brokenOf(events)),
    fanOut: fanOut(db, ids, lease, OPEN_LIMITS, now),
    drainsBegun: wakeHeld(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      PROBE_WAIT_MS.most,
      now,
    ),
  };
}

/** Those of the events that break their schema. */
export function brokenOf(events: CheckedEvent[]): BrokenEvent[] {
  return events.flatMap(({ eventId, catalogueRevision: revision, schemaErrors: errors }) =>
    errors === null ? [] : { eventId, revision, errors },
  );
}
