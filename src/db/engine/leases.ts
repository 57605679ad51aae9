/** Statements on leases: what they hold, and what is overdue. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { HttpMethod } from "../../vocabulary/http-method";
import { all, type Database, literal } from "../database";
import type { DeliveryKey } from "../deliveries";
import { IS_WIPED } from "./routes";

/** A delivery that someone holds the lease of. */
export type LeasedRow = {
  eventId: string;
  destination: number;
  lease: string;
  attemptCount: number;
  scheduleStart: number;
  /** Whether it was held before: its attempt is a probe, or part of a drain. */
  wasHeld: boolean;
  /** It was filtered out, and a person sends it all the same. */
  isForced: boolean;
};

/** A delivery on its first way, which is leased under the event's own id. */
export function firstLeased(eventId: string, destination: number): LeasedRow {
  const untried = { attemptCount: 0, scheduleStart: 0, wasHeld: false, isForced: false };
  return { eventId, destination, lease: eventId, ...untried };
}

/** What an attempt needs to know of a destination. */
export type TargetRow = {
  key: number;
  destinationId: string;
  accountId: string;
  /** As it may be shown, unless it is not sealed. */
  url: string;
  sealedUrl: string | null;
  /** JSON array of its account's public headers, or null for none. */
  publicHeaders: string | null;
  httpMethod: HttpMethod;
  sealedHeaders: string;
  sealedSecrets: string;
  timeoutMs: number;
  /** JSON array of seconds, or null for the default. */
  retrySchedule: string | null;
  maxAttempts: number | null;
  /** JSON array; null is `v1` alone. */
  signatureSchemes: string | null;
  /** JSON array of the types that it gets, and its filter; null is none. Alerts go to whoever is to have them. */
  eventTypes: string | null;
  filter: string | null;
  filterRevision: number;
  /** What is made of events: an expression, and JSON of templates; null is nothing. */
  transformation: string | null;
  templates: string | null;
  /** Failures since its last success, how many attempts a success takes, and how long its answers usually take. */
  consecutiveFailures: number;
  attemptsPerSuccess: number;
  usualDurationMs: number;
  updatedAt: number;
};

/** What is sent of an event. */
export type ContentRow = {
  payload: string;
  /** Null for `application/json`. */
  contentType: string | null;
  /** A JSON object of names and values; null for none. */
  forwardedHeaders: string | null;
  eventType: string | null;
  /** Through how many gateways it came. */
  hops: number;
  /** A test is attempted once and says nothing of its destination; null for what was sent in. */
  kind: "test" | null;
};
export type PayloadRow = ContentRow & { eventId: string; sizeBytes: number };

/** A lease: a name that nobody else has, and until when; longer for what was leased in vain, see `leaseEnd`. */
export type Lease = { name: string; until: number };

/** With each lease in vain the next is four times as long: a minute, 4, 16, …; it is longer than the first by a day at most. */
const EXTENSION_UNIT_MS = 60_000;
const MOST_EXTENSION_MS = 86_400_000;
const MOST_QUADRUPLED = 6;

/**
 * When the lease of a delivery ends that was leased `unrecorded` times without a record: so what cannot be recorded,
 * whatever the reason, is sent a few times in its first day and once a day after that. The first time is an accident.
 */
export function leaseEnd(lease: Lease, unrecorded: SQL) {
  return sql`(${lease.until} + ${extension(unrecorded)})`;
}

/** By how much the lease of such a delivery was extended. */
export function extension(unrecorded: SQL) {
  const times = sql`min(max(${unrecorded} - 1, 0), ${MOST_QUADRUPLED})`;
  return sql`min(${EXTENSION_UNIT_MS} * ((1 << 2 * ${times}) - 1), ${MOST_EXTENSION_MS})`;
}

/** All the ends that a lease can have. */
function endsOf({ until }: Lease): number[] {
  return Array.from(
    { length: MOST_QUADRUPLED + 1 },
    (_, times) => until + Math.min(EXTENSION_UNIT_MS * (4 ** times - 1), MOST_EXTENSION_MS),
  );
}

/** What somebody holds: the deliveries that have a row, and whatever of these events is on its first way. */
export type Holding = { lease: Lease; flights: string[] };

/** The deliveries held. */
export function selectLeased(db: Database, holding: Holding) {
  return all<LeasedRow>(
    db,
    sql`
    SELECT ${LEASED_COLUMNS} FROM all_deliveries d WHERE (d.event_id, d.destination) IN (${keysOf(holding)})`,
  );
}

/** Where those go: each destination once. */
export function selectLeasedTargets(db: Database, holding: Holding) {
  return all<TargetRow>(
    db,
    sql`SELECT ${TARGET_COLUMNS} FROM destinations x WHERE x.key IN (SELECT destination FROM (${keysOf(holding)}))`,
  );
}

/** What those carry: each payload once. */
export function selectLeasedPayloads(db: Database, holding: Holding) {
  return all<PayloadRow>(
    db,
    sql`SELECT ${PAYLOAD_COLUMNS} FROM events e WHERE e.event_id IN (SELECT event_id FROM (${keysOf(holding)}))`,
  );
}

/** Where these events go on their first way, each destination once. */
export function selectTargetsOf(db: Database, eventIds: string[]) {
  return all<TargetRow>(
    db,
    sql`
    SELECT ${TARGET_COLUMNS} FROM destinations x WHERE x.key IN (
      SELECT j.value FROM flights f CROSS JOIN json_each(f.destinations) j
      WHERE f.event_id IN (SELECT value FROM json_each(${JSON.stringify(eventIds)})))`,
  );
}

function keysOf({ lease, flights }: Holding): SQL {
  const aloft = sql`
      SELECT f.event_id, f.destination
      FROM all_deliveries f
      WHERE f.event_id IN (SELECT value FROM json_each(${JSON.stringify(flights)})) AND f.state = 'pending' AND f.attempt_count = 0 AND f.lease = ${lease.name}`;
  const claimed = sql`SELECT d.event_id, d.destination FROM deliveries d WHERE ${held(lease)}`;
  return flights.length === 0 ? claimed : sql`${claimed} UNION ${aloft}`;
}

/** Those of the destinations that may be sent to, and when each was last changed. */
export function selectSendable(db: Database, destinations: number[]) {
  return all<{ key: number; updatedAt: number }>(
    db,
    sql`
    SELECT x.key, x.updated_at AS updatedAt
    FROM json_each(${JSON.stringify(destinations)}) j
    JOIN destinations x ON x.key = j.value AND x.enabled AND x.removed_at IS NULL
    JOIN accounts a ON a.id = x.account AND a.removed_at IS NULL`,
  );
}

/** Those of the deliveries whose event was wiped. */
export function selectWiped(db: Database, deliveries: DeliveryKey[]) {
  return all<{ eventId: string }>(
    db,
    sql`
    SELECT d.event_id AS eventId
    FROM json_each(${JSON.stringify(deliveries)}) j
    JOIN deliveries d ON d.event_id = j.value ->> 'eventId' AND d.destination = j.value ->> 'destination'
    WHERE ${IS_WIPED}`,
  );
}

/** One destination as an attempt sees it; nothing when it was removed. */
export function selectTarget(db: Database, destination: number) {
  return all<TargetRow>(
    db,
    sql`SELECT ${TARGET_COLUMNS} FROM destinations x WHERE x.key = ${destination} AND x.removed_at IS NULL`,
  );
}

export function selectPayload(db: Database, eventId: string) {
  return all<PayloadRow>(db, sql`SELECT ${PAYLOAD_COLUMNS} FROM events e WHERE e.event_id = ${eventId}`);
}

/** Whether `d` is held by that lease, by the index on what is due, where a leased delivery stands under the end of its lease. */
export function held(lease: Lease) {
  return sql`d.state = 'pending' AND d.next_attempt_at IN (SELECT value FROM json_each(${JSON.stringify(endsOf(lease))}))
      AND d.lease = ${lease.name}`;
}

const LEASED_COLUMNS = sql`
  d.event_id AS eventId, d.destination, d.lease, d.attempt_count AS attemptCount, d.schedule_start AS scheduleStart,
  d.not_before IS NOT NULL AS wasHeld, d.first_detail IS NOT NULL AND d.first_outcome IS NULL AS isForced`;

/** What is sent of the event `e`. */
export const PAYLOAD_COLUMNS = sql`
  e.event_id AS eventId, e.payload, e.size_bytes AS sizeBytes, e.content_type AS contentType,
  e.forwarded_headers AS forwardedHeaders, e.event_type AS eventType, coalesce(e.hops, 0) AS hops, e.kind`;

const IS_CUSTOMER = sql`(SELECT a.kind = 'customer' FROM accounts a WHERE a.id = x.account)`;

/** What the destination `x` asks for; nothing of the account of operational events, whose alerts are for all of its. */
export const WANTED_COLUMNS = sql`
  CASE WHEN ${IS_CUSTOMER} THEN x.event_types END AS eventTypes, CASE WHEN ${IS_CUSTOMER} THEN x.filter END AS filter,
  x.filter_revision AS filterRevision`;

const TARGET_COLUMNS = sql`
  x.key, x.destination_id AS destinationId, (SELECT a.account_id FROM accounts a WHERE a.id = x.account) AS accountId,
  (SELECT a.public_headers FROM accounts a WHERE a.id = x.account) AS publicHeaders,
  x.url, x.sealed_url AS sealedUrl, x.http_method AS httpMethod, x.sealed_headers AS sealedHeaders, x.sealed_secrets AS sealedSecrets,
  x.timeout_ms AS timeoutMs, x.retry_schedule AS retrySchedule, x.max_attempts AS maxAttempts,
  x.signature_schemes AS signatureSchemes, x.transformation, x.templates, ${WANTED_COLUMNS},
  x.consecutive_failures AS consecutiveFailures, x.attempts_per_success AS attemptsPerSuccess,
  x.usual_duration_ms AS usualDurationMs, x.updated_at AS updatedAt`;

export type OverdueRow = DeliveryKey & { dueAt: number };

/**
 * Pending deliveries that were due at `before`, accounts round robin, each account's longest overdue first. Of very many it
 * looks at the longest overdue and at those due last, so that the flood of one account does not hide another's.
 */
export function selectOverdue(db: Database, before: number, limit: number) {
  return all<OverdueRow>(
    db,
    sql`
    WITH
      overdue AS (${dueSince(before, limit)}),
      in_turn AS (
        SELECT o.*, row_number() OVER (PARTITION BY e.account ORDER BY o.next_attempt_at) AS place
        FROM overdue o JOIN events e ON e.event_id = o.event_id
      )
    SELECT event_id AS eventId, destination, next_attempt_at AS dueAt FROM in_turn
    ORDER BY place, next_attempt_at LIMIT ${literal(limit)}`,
  );
}

/** The pending deliveries that were due at `before`: the longest due and those due last, so many of each. */
export function dueSince(before: number, limit: number) {
  const end = (order: SQL) => sql`
    SELECT event_id, destination, next_attempt_at FROM deliveries
    WHERE state = 'pending' AND next_attempt_at <= ${before} ORDER BY next_attempt_at ${order} LIMIT ${literal(limit)}`;
  return sql`SELECT * FROM (${end(sql`ASC`)}) UNION SELECT * FROM (${end(sql`DESC`)})`;
}
