/** Statements that take leases of deliveries that are there. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, literal, run } from "../database";
import type { DeliveryKey, DeliveryRef } from "../deliveries";
import { dueSince, extension, held, type Lease, leaseEnd } from "./leases";
import {
  DISCARD_REASON,
  heldUntil,
  IS_DISCARDED,
  IS_HELD,
  IS_PAUSED,
  IS_WIPED,
  isOpen,
  NEVER_ATTEMPTED,
  type OpenLimits,
  route,
} from "./routes";

/** What one claim may take: more would not fit into a Worker's memory, or its time. */
export type ClaimLimits = OpenLimits & {
  mostDeliveries: number;
  mostBytes: number;
  drainChunk: number;
  /** Destinations that keep somebody waiting this moment, whatever they usually do. */
  slowNow: number[];
};

/** How often `d` was leased in vain, this time included: who holds a lease until it ends has recorded nothing. */
const UNRECORDED = sql`(d.unrecorded + (d.lease IS NOT NULL))`;

/**
 * Sends each of the named deliveries that are due, and whatever else is, on its route, within the limits: leases it, holds
 * it where the circuit is open, or discards it where the destination is disabled or removed.
 *
 * Who is named first does not go first: accounts take turns, so that the wake-ups of one do not keep another's waiting,
 * and in an account its destinations, those that are slow last. A retry of what is fast takes next to nothing, and goes
 * before what may yet turn out to be slow.
 */
export function claimDue(db: Database, wanted: DeliveryRef[], lease: Lease, limits: ClaimLimits, now: number) {
  return run(
    db,
    sql`
    WITH wanted AS (
      SELECT d.event_id, d.destination FROM ${named(wanted)}
      UNION
      ${dueAnyway(limits, now)}
    ),
    routed AS (
      SELECT d.event_id, d.destination, d.next_attempt_at, e.account, e.size_bytes, ${route(limits)} AS route,
             ${DISCARD_REASON} AS discard_reason,
             CASE d.attempt_count WHEN 0 THEN ${NEVER_ATTEMPTED} ELSE ${heldUntil(now)} END AS held_until,
             CASE
               WHEN x.usual_duration_ms > 0 OR x.key IN (SELECT value FROM json_each(${JSON.stringify(limits.slowNow)})) THEN 2
               ELSE d.attempt_count = 0
             END AS cost,
             row_number() OVER (PARTITION BY d.destination ORDER BY d.next_attempt_at, d.event_id) AS of_destination
      FROM wanted w
      JOIN deliveries d ON d.event_id = w.event_id AND d.destination = w.destination
      JOIN events e ON e.event_id = d.event_id
      LEFT JOIN destinations x ON x.key = d.destination
      WHERE d.state = 'pending' AND d.next_attempt_at <= ${now}
    ),
    in_turn AS (
      SELECT *, row_number() OVER (
          PARTITION BY account ORDER BY cost, of_destination, next_attempt_at, event_id, destination) AS turn
      FROM routed
    ),
    due AS (
      SELECT *, row_number() OVER in_order AS place, sum(size_bytes) OVER in_order - size_bytes AS bytes_before
      FROM in_turn
      WINDOW in_order AS (ORDER BY turn, next_attempt_at, event_id, destination)
    )
    UPDATE deliveries AS d SET
      state           = CASE c.route WHEN 'discard' THEN 'discarded' ELSE d.state END,
      reason          = CASE c.route WHEN 'discard' THEN c.discard_reason END,
      next_attempt_at = CASE c.route WHEN 'send' THEN ${leaseEnd(lease, UNRECORDED)} END,
      unrecorded      = ${UNRECORDED},
      not_before      = CASE c.route WHEN 'hold' THEN c.held_until END,
      lease           = CASE c.route WHEN 'send' THEN ${lease.name} END,
      updated_at      = CASE c.route WHEN 'send' THEN d.updated_at ELSE ${now} END
    FROM due c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}`,
  );
}

/** What is due, named or not. What would be held waits to be named, which begins a drain as well. */
function dueAnyway(limits: ClaimLimits, now: number) {
  return sql`SELECT o.event_id, o.destination FROM (${dueSince(now, limits.mostDeliveries)}) o
      LEFT JOIN destinations x ON x.key = o.destination WHERE ${route(limits)} <> 'hold'`;
}

/** One delivery that is due, and would not be held; nothing where a claim has left none. */
export function selectLeftDue(db: Database, limits: ClaimLimits, now: number) {
  return all<DeliveryKey>(db, sql`SELECT event_id AS eventId, destination FROM (${dueAnyway(limits, now)}) LIMIT 1`);
}

/**
 * Begins a drain of the destinations of the named deliveries that are held, where none is to come before `probeWithinMs`:
 * until then it is only the schedules of others that are waited for.
 */
export function wakeHeld(db: Database, wanted: DeliveryRef[], probeWithinMs: number, now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET wake_at = ${now}
    WHERE enabled AND (wake_at IS NULL OR wake_at > ${now + probeWithinMs})
      AND key IN (SELECT d.destination FROM ${named(wanted)} WHERE d.state = 'pending' AND d.next_attempt_at IS NULL)`,
  );
}

/**
 * Leases held deliveries of the named destinations whose drain is due: up to `drainChunk` where the circuit is closed,
 * one as a probe where it is open. Never-attempted ones go first. Of these the newest and the oldest are the probe in
 * turn, so that one event that is always refused keeps no other waiting; then come those whose own time has come.
 */
export function claimHeld(db: Database, destinations: number[], lease: Lease, limits: ClaimLimits, now: number) {
  const fresh = sql`h.not_before = ${NEVER_ATTEMPTED}`;
  return run(
    db,
    sql`
    WITH draining AS (
      SELECT j.key AS position, x.key, ${isOpen(limits)} AS circuit_open, x.consecutive_failures % 2 AS oldest_first
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
    ),
    probes AS (
      SELECT x.position, x.key AS destination, CASE
          WHEN x.oldest_first THEN ${heldOf(sql`AND ${fresh} ORDER BY h.event_id LIMIT 1`)}
          ELSE ${heldOf(sql`AND ${fresh} ORDER BY h.event_id DESC LIMIT 1`)}
        END AS fresh_id, ${heldOf(sql`AND h.not_before <= ${now} ORDER BY h.not_before LIMIT 1`)} AS ready_id
      FROM draining x WHERE x.circuit_open
    ),
    chunks AS (
      SELECT x.position, d.destination, d.event_id
      FROM draining x
      JOIN deliveries d ON d.destination = x.key
        AND d.event_id IN ${heldOf(sql`ORDER BY h.not_before, h.event_id LIMIT ${literal(limits.drainChunk)}`)}
      WHERE NOT x.circuit_open
    ),
    chosen AS (
      SELECT position, destination, coalesce(fresh_id, ready_id) AS event_id FROM probes
      UNION ALL
      SELECT position, destination, event_id FROM chunks
    ),
    ready AS (
      SELECT c.event_id, c.destination, row_number() OVER in_order AS place,
             sum(e.size_bytes) OVER in_order - e.size_bytes AS bytes_before
      FROM chosen c JOIN events e ON e.event_id = c.event_id
      WINDOW in_order AS (ORDER BY c.position, c.event_id)
    )
    UPDATE deliveries AS d SET next_attempt_at = ${leaseEnd(lease, sql`d.unrecorded`)}, lease = ${lease.name}
    FROM ready c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}`,
  );
}

/** Ids of what is held for the destination `x`, as an expression: those that the rest of the query leaves. */
function heldOf(rest: SQL) {
  return sql`(SELECT h.event_id FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD} ${rest})`;
}

/** Discards held deliveries of those of the destinations that are disabled or removed, at most `chunk` of each. */
export function discardHeld(db: Database, destinations: number[], chunk: number, now: number) {
  return run(
    db,
    sql`
    WITH stopped AS (
      SELECT d.event_id, d.destination, ${DISCARD_REASON} AS reason
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND ${IS_DISCARDED}
      JOIN deliveries d ON d.destination = x.key AND d.event_id IN (
        SELECT h.event_id FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD}
        ORDER BY h.event_id LIMIT ${literal(chunk)})
    )
    UPDATE deliveries AS d SET state = 'discarded', reason = c.reason, not_before = NULL, updated_at = ${now}
    FROM stopped c
    WHERE d.event_id = c.event_id AND d.destination = c.destination`,
  );
}

/** Ends the drains of the named destinations that are due, and says when their next ones are. */
export function scheduleNextDrain(db: Database, destinations: number[], lease: Lease, now: number) {
  const leasedNow = sql`EXISTS (SELECT 1 FROM deliveries d WHERE ${held(lease)} AND d.destination = x.key)`;
  // Null when nothing is held: then no drain is to come.
  const firstReady = sql`(
        SELECT max(min(h.not_before), ${now}) FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD})`;
  return run(
    db,
    sql`
    UPDATE destinations AS x SET wake_at = CASE
      -- what is leased now brings the next one sooner, when it is recorded
      WHEN ${leasedNow} THEN ${lease.until}
      WHEN ${IS_PAUSED} THEN NULL
      ELSE ${firstReady}
    END
    FROM json_each(${JSON.stringify(destinations)}) j
    WHERE x.key = j.value AND x.wake_at <= ${now}`,
  );
}

/**
 * Starts the wanted deliveries over, each with a fresh schedule: the first `most` are leased, the others due at once.
 * One that is being attempted this moment is left to it; one whose destination is disabled or removed, or whose event is
 * wiped, stays as it is, as does what was filtered out, unless it is named itself.
 */
export function leaseAgain(db: Database, wanted: DeliveryRef[], lease: Lease, most: number, now: number) {
  return all<DeliveryKey>(
    db,
    sql`
    WITH again AS (
      SELECT d.event_id, d.destination, row_number() OVER (ORDER BY j.key, d.destination) <= ${most} AS leased
      FROM ${named(wanted)}
      JOIN destinations x ON x.key = d.destination AND x.enabled
      WHERE NOT ${IS_WIPED} AND (d.state <> 'filtered' OR j.value ->> 'destination' IS NOT NULL)
        AND NOT (d.state = 'pending' AND d.lease IS NOT NULL
        AND d.next_attempt_at - ${extension(sql`d.unrecorded`)} > ${now})
    )
    UPDATE deliveries AS d SET
      state           = 'pending',
      reason          = NULL,
      schedule_start  = d.attempt_count,
      next_attempt_at = CASE WHEN c.leased THEN ${lease.until} ELSE ${now} END,
      not_before      = NULL,
      lease           = CASE WHEN c.leased THEN ${lease.name} END,
      unrecorded      = 0,
      updated_at      = ${now}
    FROM again c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
    RETURNING event_id AS eventId, destination`,
  );
}

/**
 * Makes the delivery where the event has none to that destination, which is of its account and enabled: as if it had been
 * filtered out, so that `leaseAgain`, in the same transaction, sends it whatever the destination asks for.
 */
export function insertUnmeant(db: Database, { eventId, destination }: DeliveryKey, now: number) {
  return run(
    db,
    sql`
    INSERT INTO deliveries (event_id, destination, state, created_at, updated_at, first_detail)
    SELECT e.event_id, x.key, 'filtered', ${now}, ${now}, '{}'
    FROM events e JOIN destinations x ON x.account = e.account AND x.key = ${destination}
    WHERE e.event_id = ${eventId} AND e.wiped_at IS NULL AND x.enabled AND x.removed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM all_deliveries d WHERE d.event_id = ${eventId} AND d.destination = ${destination})`,
  );
}

/** The named deliveries as `d`, in the order of `j.key`: one each, or all of an event. */
function named(wanted: DeliveryRef[]) {
  return sql`json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries d ON d.event_id = j.value ->> 'eventId'
        AND d.destination = coalesce(j.value ->> 'destination', d.destination)`;
}
