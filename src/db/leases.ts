/** Statements that give, take and find leases of deliveries. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import type { HttpMethod } from "../vocabulary/http-method";
import { all, type Database, run } from "./database";
import type { DeliveryKey, DeliveryRef } from "./deliveries";

/**
 * The lease that fresh deliveries begin with: the first `most` of each event's under the event's own id, or, with a
 * `name`, the first `most` of all under that name.
 */
export type FirstLease = { most: number; until: number; name: string | null };

/**
 * One delivery for each destination of each event's account, healthy ones before failing ones. Those that the first
 * lease does not reach are due at once; without one all are. Those to a destination with `probeAfter` failures in a row
 * are parked.
 */
export function insertDeliveries(
  db: Database,
  eventIds: string[],
  first: FirstLease | null,
  probeAfter: number,
  now: number,
) {
  const most = first?.most ?? 0;
  const name = first?.name ?? null;
  return run(
    db,
    sql`
    INSERT INTO deliveries (event_id, destination, state, reason, next_attempt_at, not_before, lease, created_at, updated_at)
    SELECT event_id, key,
           CASE way WHEN 'stopped' THEN 'discarded' ELSE 'pending' END,
           CASE way WHEN 'stopped' THEN 'destination_disabled' END,
           CASE WHEN way <> 'open' THEN NULL WHEN place <= ${most} THEN ${first?.until ?? now} ELSE ${now} END,
           CASE way WHEN 'probed' THEN ${now} END,
           CASE WHEN way = 'open' AND place <= ${most} THEN coalesce(${name}, event_id) END,
           ${now}, ${now}
    FROM (
      SELECT event_id, key, way,
             row_number() OVER (PARTITION BY way, coalesce(${name}, event_id) ORDER BY event_id, consecutive_failures, key) AS place
      FROM (
        SELECT e.event_id, x.key, x.consecutive_failures,
               CASE WHEN NOT x.enabled THEN 'stopped' WHEN x.consecutive_failures >= ${probeAfter} THEN 'probed' ELSE 'open' END AS way
        FROM json_each(${JSON.stringify(eventIds)}) j
        JOIN events e ON e.event_id = j.value
        JOIN destinations x ON x.account = e.account AND x.removed_at IS NULL
      )
    )
    WHERE true
    ON CONFLICT DO NOTHING`,
  );
}

/** A delivery that someone holds the lease of. */
export type LeasedRow = {
  eventId: string;
  destination: number;
  lease: string;
  attemptCount: number;
  scheduleStart: number;
  /** Whether it was parked before: its turn is its destination's turn. */
  backlog: boolean;
};

/** What an attempt needs to know of a destination. */
export type TargetRow = {
  key: number;
  destinationId: string;
  accountId: string;
  url: string;
  httpMethod: HttpMethod;
  sealedHeaders: string;
  sealedSecrets: string;
  timeoutMs: number;
  /** JSON array of seconds, or null for the default. */
  retrySchedule: string | null;
  maxAttempts: number | null;
};

export type PayloadRow = { eventId: string; payload: string; sizeBytes: number };

/** What one claim may take: more would not fit into a Worker's memory, or its time. */
export type ClaimLimits = { mostDeliveries: number; mostBytes: number; backlogChunk: number; probeAfter: number };

/** A lease: a name that nobody else has, and until when. */
export type Lease = { name: string; until: number };

/** The deliveries of these events that their accepter leased and nobody has attempted. */
export function selectLeasedByAccept(db: Database, eventIds: string[]) {
  return all<LeasedRow>(
    db,
    sql`
    SELECT ${LEASED_COLUMNS} FROM json_each(${JSON.stringify(eventIds)}) j JOIN deliveries d ON d.event_id = j.value
    WHERE d.state = 'pending' AND d.lease = d.event_id AND d.attempt_count = 0`,
  );
}

/** Where those go: each destination once. */
export function selectTargetsOfAccept(db: Database, eventIds: string[]) {
  return all<TargetRow>(
    db,
    sql`
    SELECT ${TARGET_COLUMNS} FROM destinations x WHERE x.key IN (
      SELECT d.destination FROM json_each(${JSON.stringify(eventIds)}) j JOIN deliveries d ON d.event_id = j.value
      WHERE d.state = 'pending' AND d.lease = d.event_id)`,
  );
}

/**
 * Leases those of the named deliveries that are due, within the limits. One whose destination was stopped is discarded,
 * one whose destination fails is parked.
 */
export function claimDue(db: Database, wanted: DeliveryRef[], lease: Lease, limits: ClaimLimits, now: number) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET
      state = CASE c.way WHEN 'stopped' THEN 'discarded' ELSE 'pending' END,
      reason = CASE c.way WHEN 'stopped' THEN c.stop_reason END,
      next_attempt_at = CASE c.way WHEN 'open' THEN ${lease.until} END,
      not_before = CASE c.way WHEN 'probed' THEN ${now} END,
      lease = CASE c.way WHEN 'open' THEN ${lease.name} END,
      updated_at = CASE c.way WHEN 'open' THEN d.updated_at ELSE ${now} END
    FROM (
      SELECT w.event_id, w.destination,
             CASE WHEN x.key IS NULL OR x.removed_at IS NOT NULL THEN 'destination_removed' ELSE 'destination_disabled' END AS stop_reason,
             CASE WHEN x.key IS NULL OR NOT x.enabled THEN 'stopped' WHEN x.consecutive_failures >= ${limits.probeAfter} THEN 'probed' ELSE 'open' END AS way,
             row_number() OVER (ORDER BY j.key, w.destination) AS place,
             sum(e.size_bytes) OVER (ORDER BY j.key, w.destination) - e.size_bytes AS bytes_before
      FROM json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries w ON w.event_id = j.value ->> 'eventId'
        AND w.destination = coalesce(j.value ->> 'destination', w.destination)
      JOIN events e ON e.event_id = w.event_id
      LEFT JOIN destinations x ON x.key = w.destination
      WHERE w.state = 'pending' AND w.next_attempt_at <= ${now}
    ) c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}`,
  );
}

/** Gives failing destinations that had nothing waiting a turn again, now that one of these deliveries was parked. */
export function wakeParked(db: Database, wanted: DeliveryRef[], now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET wake_at = ${now}
    WHERE wake_at IS NULL AND key IN (
      SELECT d.destination FROM json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries d ON d.event_id = j.value ->> 'eventId'
        AND d.destination = coalesce(j.value ->> 'destination', d.destination)
      WHERE d.state = 'pending' AND d.next_attempt_at IS NULL)`,
  );
}

/**
 * Leases parked deliveries of the named destinations whose turn it is, the oldest first: one as a probe where the
 * destination fails, up to `backlogChunk` where it works again. To run before `passTurn`.
 */
export function claimParked(db: Database, destinations: number[], lease: Lease, limits: ClaimLimits, now: number) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET next_attempt_at = ${lease.until}, lease = ${lease.name}
    FROM (
      SELECT p.event_id, p.destination, x.consecutive_failures,
             row_number() OVER (PARTITION BY p.destination ORDER BY p.event_id) AS place,
             row_number() OVER (ORDER BY j.key, p.event_id) AS place_of_all,
             sum(e.size_bytes) OVER (ORDER BY j.key, p.event_id) - e.size_bytes AS bytes_before
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
      JOIN deliveries p ON p.destination = x.key AND p.event_id IN (
        SELECT q.event_id FROM deliveries q
        WHERE q.destination = x.key AND q.state = 'pending' AND q.next_attempt_at IS NULL
          AND (x.consecutive_failures < ${limits.probeAfter} OR q.not_before <= ${now})
        ORDER BY q.event_id LIMIT ${sql.raw(String(limits.backlogChunk))})
      JOIN events e ON e.event_id = p.event_id
    ) c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place_of_all <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}
      AND (c.place = 1 OR c.consecutive_failures < ${limits.probeAfter})`,
  );
}

/** Discards parked deliveries of those of the destinations that were stopped, at most `chunk` of each. */
export function discardParked(db: Database, destinations: number[], chunk: number, now: number) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET state = 'discarded', reason = c.reason, not_before = NULL, updated_at = ${now}
    FROM (
      SELECT p.event_id, p.destination,
             CASE WHEN x.removed_at IS NULL THEN 'destination_disabled' ELSE 'destination_removed' END AS reason
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND NOT x.enabled
      JOIN deliveries p ON p.destination = x.key AND p.event_id IN (
        SELECT q.event_id FROM deliveries q
        WHERE q.destination = x.key AND q.state = 'pending' AND q.next_attempt_at IS NULL
        ORDER BY q.event_id LIMIT ${sql.raw(String(chunk))})
    ) c
    WHERE d.event_id = c.event_id AND d.destination = c.destination`,
  );
}

/**
 * Ends the turn of the named destinations: the next is when this lease runs out, unless what is leased now gives it
 * sooner; or when the first of the parked is ready; or none, when nothing waits.
 */
export function passTurn(db: Database, destinations: number[], lease: Lease, now: number) {
  return run(
    db,
    sql`
    UPDATE destinations AS x SET wake_at = CASE
      WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'pending' AND d.next_attempt_at = ${lease.until}
                   AND d.lease = ${lease.name} AND d.destination = x.key) THEN ${lease.until}
      ELSE (SELECT max(min(q.not_before), ${now}) FROM deliveries q
            WHERE q.destination = x.key AND q.state = 'pending' AND q.next_attempt_at IS NULL) END
    FROM json_each(${JSON.stringify(destinations)}) j
    WHERE x.key = j.value AND x.wake_at <= ${now}`,
  );
}

/** The deliveries that this lease holds. */
export function selectLeased(db: Database, lease: Lease) {
  return all<LeasedRow>(db, sql`SELECT ${LEASED_COLUMNS} FROM deliveries d WHERE ${held(lease)}`);
}

/** Where those go: each destination once. */
export function selectLeasedTargets(db: Database, lease: Lease) {
  return all<TargetRow>(
    db,
    sql`
    SELECT ${TARGET_COLUMNS} FROM destinations x
    WHERE x.key IN (SELECT d.destination FROM deliveries d WHERE ${held(lease)})`,
  );
}

/** What those carry: each payload once. */
export function selectLeasedPayloads(db: Database, lease: Lease) {
  return all<PayloadRow>(
    db,
    sql`
    SELECT e.event_id AS eventId, e.payload, e.size_bytes AS sizeBytes FROM events e
    WHERE e.event_id IN (SELECT d.event_id FROM deliveries d WHERE ${held(lease)})`,
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
  return all<PayloadRow>(
    db,
    sql`SELECT event_id AS eventId, payload, size_bytes AS sizeBytes FROM events WHERE event_id = ${eventId}`,
  );
}

/** By the index on what is due, where a leased delivery stands under the end of its lease. */
function held(lease: Lease) {
  return sql`d.state = 'pending' AND d.next_attempt_at = ${lease.until} AND d.lease = ${lease.name}`;
}

const LEASED_COLUMNS = sql`
  d.event_id AS eventId, d.destination, d.lease, d.attempt_count AS attemptCount, d.schedule_start AS scheduleStart,
  d.not_before IS NOT NULL AS backlog`;

const TARGET_COLUMNS = sql`
  x.key, x.destination_id AS destinationId, (SELECT a.account_id FROM accounts a WHERE a.id = x.account) AS accountId, x.url, x.http_method AS httpMethod, x.sealed_headers AS sealedHeaders,
  x.sealed_secrets AS sealedSecrets, x.timeout_ms AS timeoutMs,
  x.retry_schedule AS retrySchedule, x.max_attempts AS maxAttempts`;

/**
 * Starts the wanted deliveries over, each with a fresh schedule: the first `most` are leased, the others due at once.
 * One that is being attempted this moment is left to it; one whose destination is disabled or removed stays as it is.
 */
export function leaseAgain(db: Database, wanted: DeliveryRef[], lease: Lease, most: number, now: number) {
  return all<DeliveryKey>(
    db,
    sql`
    UPDATE deliveries AS d SET
      state = 'pending', reason = NULL, schedule_start = d.attempt_count, not_before = NULL, updated_at = ${now},
      next_attempt_at = CASE WHEN c.place <= ${most} THEN ${lease.until} ELSE ${now} END,
      lease = CASE WHEN c.place <= ${most} THEN ${lease.name} END
    FROM (
      SELECT w.event_id, w.destination, row_number() OVER (ORDER BY j.key, w.destination) AS place
      FROM json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries w ON w.event_id = j.value ->> 'eventId'
        AND w.destination = coalesce(j.value ->> 'destination', w.destination)
      JOIN destinations x ON x.key = w.destination AND x.enabled
      WHERE NOT (w.state = 'pending' AND w.lease IS NOT NULL AND w.next_attempt_at > ${now})
    ) c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
    RETURNING event_id AS eventId, destination`,
  );
}

export type OverdueRow = DeliveryKey & { dueAt: number };

/** Pending deliveries that were due at `before`, the longest overdue first. */
export function selectOverdue(db: Database, before: number, limit: number) {
  return all<OverdueRow>(
    db,
    sql`
    SELECT event_id AS eventId, destination, next_attempt_at AS dueAt FROM deliveries
    WHERE state = 'pending' AND next_attempt_at <= ${before} ORDER BY next_attempt_at LIMIT ${limit}`,
  );
}
