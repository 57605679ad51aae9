/**
 * Accepting an event: it is durable before the answer goes out. One transaction and one round trip find the account,
 * store the event with its fan-out, and bring back what the dispatch needs.
 */

import type { Database } from "../db/database";
import { wakeHeld } from "../db/engine/claims";
import type { Filtered } from "../db/engine/filtered";
import { type FirstLease, fanOut } from "../db/engine/flights";
import { firstLeased, selectTargetsOf } from "../db/engine/leases";
import { insertEvent, type NewEvent, selectStoredEvents } from "../db/events";
import { GroupCommit } from "../db/group-commit";
import { transaction } from "../db/transaction";
import { GROUP_COMMIT_PATIENCE_MS, INLINE } from "../deliveries/deadlines";
import type { Dispatch } from "../deliveries/dispatch";
import { leasedDelivery } from "../deliveries/leased-delivery";
import { OPEN_LIMITS, PROBE_WAIT_MS } from "../deliveries/recording/circuit";
import { filteredBy, unwantedBy, viewOf, type Wanted } from "../deliveries/unwanted";
import { isDatabaseUnavailable } from "../errors/database-errors";
import type { EventView } from "../filters/event-view";
import { logFault } from "../observability/log";
import { sha256Hex } from "../security/sha256";
import { newId } from "../vocabulary/ids";
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

export type Acceptance =
  /** `deliveries` are those that it goes to; `dispatch` has all. */
  | { kind: "accepted"; eventId: string; deliveries: number; dispatch: Dispatch }
  /** The same key and body came before; `eventId` is the event of then, `deliveries` what was answered then. */
  | { kind: "duplicate"; eventId: string; deliveries: number }
  /** The same key came before with another body. */
  | { kind: "conflict"; eventId: string }
  | { kind: "token_unknown" }
  /** The operator has suspended the account. */
  | { kind: "account_suspended" }
  /** The database is nearly full, and the account above its share of it. */
  | { kind: "storage_full" }
  /** Durable in the queue; the consumer stores it. */
  | { kind: "queued"; eventId: string }
  /** Neither the database nor the queue took it. */
  | { kind: "unavailable" };

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
    const committed = context.accepts.submit(event);
    hold(committed.catch(() => undefined));
    const { outcome } = await committed;
    if (outcome.account !== null) context.limiter.learnAccountRate(outcome.account, outcome.rateLimit);
    return acceptanceOf(event, await committed);
  } catch (error) {
    // Whatever the database's reason, a deploy before its migration among them: what it does not take goes to the queue.
    logFault("event.not_stored", error, { event_id: event.eventId });
  }
  return (await enqueueEvent(context.queue, event))
    ? { kind: "queued", eventId: event.eventId }
    : { kind: "unavailable" };
}

/** The accepts of one isolate, sharing transactions. @param mostInline how many deliveries of an event take off */
export function acceptGroup(db: Database, now: () => number, mostInline: number): GroupCommit<NewEvent, Committed> {
  return new GroupCommit((events) => commit(db, events, mostInline, now()), {
    maxItems: 30,
    maxWeight: 4_000_000,
    weigh: ({ sizeBytes }) => sizeBytes,
    patienceMs: GROUP_COMMIT_PATIENCE_MS,
    lingerMs: 0,
    concernsAll: isDatabaseUnavailable,
  });
}

/** The events are stored before it is read what became of them, and where they go at once. */
async function commit(db: Database, events: NewEvent[], mostInline: number, now: number): Promise<Committed[]> {
  const inline: FirstLease = { most: mostInline, until: now + INLINE.leaseMs, name: null };
  const { outcomes, targets } = await transaction(db, {
    store: storeStatements(db, events, { promised: false }, inline, now),
    outcomes: selectStoredEvents(db, events),
    targets: selectTargetsOf(
      db,
      events.map(({ eventId }) => eventId),
    ),
  });
  const outcomeOf = new Map(outcomes.map((outcome) => [outcome.itemId, outcome]));
  const targetOf = new Map(targets.map((target) => [target.key, target]));
  return events.map(({ eventId }) => {
    const outcome = outcomeOf.get(eventId);
    if (!outcome) throw new Error("the database does not say what became of an event");
    return { outcome, targets: targetOf };
  });
}

/**
 * Stores the events with their fan-out; safe to run again. What was `promised` is stored even where the account's
 * storage is full. The order matters: `fanOut` is made for the events
 * that `events` has stored, and `drainsBegun` looks for deliveries that are held.
 */
export function storeStatements(
  db: Database,
  events: NewEvent[],
  { promised }: { promised: boolean },
  lease: FirstLease,
  now: number,
) {
  const ids = events.map(({ eventId }) => eventId);
  return {
    events: events.map((event) => insertEvent(db, event, promised)),
    fanOut: fanOut(db, ids, lease, OPEN_LIMITS, now),
    drainsBegun: wakeHeld(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      PROBE_WAIT_MS.most,
      now,
    ),
  };
}

function acceptanceOf(event: NewEvent, { outcome, targets }: Committed): Acceptance {
  if (outcome.account === null) return { kind: "token_unknown" };
  if (outcome.suspendedAt !== null) return { kind: "account_suspended" };
  if (outcome.eventId === null && outcome.storageFull) return { kind: "storage_full" };
  if (outcome.eventId === null) throw new Error("an event of a known account was not stored");
  const { eventId, forwardedHeaders, eventType } = outcome;
  const isRepeated = eventId !== event.eventId;
  if (isRepeated && outcome.payloadDigest !== event.payloadDigest) return { kind: "conflict", eventId };
  const { payload, contentType, hops } = event;
  const content = { payload, contentType, forwardedHeaders, eventType, hops, kind: null };
  const view = viewOf(content);
  const inFlight: number[] = JSON.parse(outcome.inFlight);
  const deliveries = outcome.rowCount + inFlight.length;
  const waiting = outcome.waiting === "[]" ? [] : unwantedOf(eventId, JSON.parse(outcome.waiting), view);
  if (isRepeated) return { kind: "duplicate", eventId, deliveries: deliveries - waiting.length };
  const own = outcome.lease === eventId ? inFlight : [];
  const held = own.map((destination) => {
    const target = targets.get(destination);
    if (!target) throw new Error("a leased delivery has no destination");
    return leasedDelivery(firstLeased(eventId, destination), target, content, view);
  });
  const unwanted = held.filter((one) => one.unwanted !== null).length + waiting.length;
  return {
    kind: "accepted",
    eventId,
    deliveries: deliveries - unwanted,
    dispatch: { eventId, leased: held, deliveries, waiting },
  };
}

/** Of what waits, for a place or for its destination to work again, what that does not ask for. */
function unwantedOf(eventId: string, waiting: (Wanted & { destination: number })[], view: () => EventView): Filtered[] {
  return waiting.flatMap(({ destination, ...wanted }) => {
    const unwanted = unwantedBy(wanted, view);
    return unwanted === null ? [] : filteredBy(unwanted, { eventId, destination, lease: null });
  });
}
