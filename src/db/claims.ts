/** Statements that take leases of deliveries that are there. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "./database";
import type { DeliveryKey, DeliveryRef } from "./deliveries";
import type { Lease } from "./leases";
import { DISCARD_REASON, IS_HELD, route } from "./routes";

/** What one claim may take: more would not fit into a Worker's memory, or its time. */
export type ClaimLimits = { mostDeliveries: number; mostBytes: number; drainChunk: number; probeAfter: number };

/**
 * Sends each of the named deliveries that are due on its route, within the limits: leases it, holds it where the
 * circuit is open, or discards it where the destination is disabled or removed.
 */
export function claimDue(db: Database, wanted: DeliveryRef[], lease: Lease, limits: ClaimLimits, now: number) {
  return run(
    db,
    sql`
    WITH due AS (
      SELECT d.event_id, d.destination, ${route(limits.probeAfter)} AS route, ${DISCARD_REASON} AS discard_reason,
             row_number() OVER in_order AS place,
             sum(e.size_bytes) OVER in_order - e.size_bytes AS bytes_before
      FROM ${named(wanted)}
      JOIN events e ON e.event_id = d.event_id
      LEFT JOIN destinations x ON x.key = d.destination
      WHERE d.state = 'pending' AND d.next_attempt_at <= ${now}
      WINDOW in_order AS (ORDER BY j.key, d.destination)
    )
    UPDATE deliveries AS d SET
      state           = CASE c.route WHEN 'discard' THEN 'discarded' ELSE d.state END,
      reason          = CASE c.route WHEN 'discard' THEN c.discard_reason END,
      next_attempt_at = CASE c.route WHEN 'send' THEN ${lease.until} END,
      not_before      = CASE c.route WHEN 'hold' THEN ${now} END,
      lease           = CASE c.route WHEN 'send' THEN ${lease.name} END,
      updated_at      = CASE c.route WHEN 'send' THEN d.updated_at ELSE ${now} END
    FROM due c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}`,
  );
}

/** Begins a drain of the destinations of the named deliveries that are held, where none is to come. */
export function wakeHeld(db: Database, wanted: DeliveryRef[], now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET wake_at = ${now}
    WHERE wake_at IS NULL
      AND key IN (SELECT d.destination FROM ${named(wanted)} WHERE d.state = 'pending' AND d.next_attempt_at IS NULL)`,
  );
}

/**
 * Leases held deliveries of the named destinations whose drain is due, the oldest first: one as a probe where the
 * circuit is open, up to `drainChunk` where it is closed.
 */
export function claimHeld(db: Database, destinations: number[], lease: Lease, limits: ClaimLimits, now: number) {
  return run(
    db,
    sql`
    WITH draining AS (
      SELECT j.key AS position, x.key, x.consecutive_failures >= ${limits.probeAfter} AS circuit_open
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
    ),
    ready AS (
      SELECT d.event_id, d.destination, x.circuit_open,
             row_number() OVER (PARTITION BY d.destination ORDER BY d.event_id) AS place_at_destination,
             row_number() OVER in_order AS place,
             sum(e.size_bytes) OVER in_order - e.size_bytes AS bytes_before
      FROM draining x
      JOIN deliveries d ON d.destination = x.key AND d.event_id IN (
        SELECT h.event_id FROM deliveries h
        WHERE h.destination = x.key AND ${IS_HELD} AND (NOT x.circuit_open OR h.not_before <= ${now})
        ORDER BY h.event_id LIMIT ${limits.drainChunk})
      JOIN events e ON e.event_id = d.event_id
      WINDOW in_order AS (ORDER BY x.position, d.event_id)
    )
    UPDATE deliveries AS d SET next_attempt_at = ${lease.until}, lease = ${lease.name}
    FROM ready c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}
      AND (NOT c.circuit_open OR c.place_at_destination = 1)`,
  );
}

/** Discards held deliveries of those of the destinations that are disabled or removed, at most `chunk` of each. */
export function discardHeld(db: Database, destinations: number[], chunk: number, now: number) {
  return run(
    db,
    sql`
    WITH stopped AS (
      SELECT d.event_id, d.destination, ${DISCARD_REASON} AS reason
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND NOT x.enabled
      JOIN deliveries d ON d.destination = x.key AND d.event_id IN (
        SELECT h.event_id FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD}
        ORDER BY h.event_id LIMIT ${chunk})
    )
    UPDATE deliveries AS d SET state = 'discarded', reason = c.reason, not_before = NULL, updated_at = ${now}
    FROM stopped c
    WHERE d.event_id = c.event_id AND d.destination = c.destination`,
  );
}

/** Ends the drains of the named destinations that are due, and says when their next ones are. */
export function scheduleNextDrain(db: Database, destinations: number[], lease: Lease, now: number) {
  // By the index on what is due, where a leased delivery stands under the end of its lease.
  const leasedNow = sql`EXISTS (
        SELECT 1 FROM deliveries d
        WHERE d.state = 'pending' AND d.next_attempt_at = ${lease.until} AND d.lease = ${lease.name}
          AND d.destination = x.key)`;
  // Null when nothing is held: then no drain is to come.
  const firstReady = sql`(
        SELECT max(min(h.not_before), ${now}) FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD})`;
  return run(
    db,
    sql`
    UPDATE destinations AS x SET wake_at = CASE
      -- what is leased now brings the next one sooner, when it is recorded
      WHEN ${leasedNow} THEN ${lease.until}
      ELSE ${firstReady}
    END
    FROM json_each(${JSON.stringify(destinations)}) j
    WHERE x.key = j.value AND x.wake_at <= ${now}`,
  );
}

/**
 * Starts the wanted deliveries over, each with a fresh schedule: the first `most` are leased, the others due at once.
 * One that is being attempted this moment is left to it; one whose destination is disabled or removed stays as it is.
 */
export function leaseAgain(db: Database, wanted: DeliveryRef[], lease: Lease, most: number, now: number) {
  return all<DeliveryKey>(
    db,
    sql`
    WITH again AS (
      SELECT d.event_id, d.destination, row_number() OVER (ORDER BY j.key, d.destination) <= ${most} AS leased
      FROM ${named(wanted)}
      JOIN destinations x ON x.key = d.destination AND x.enabled
      WHERE NOT (d.state = 'pending' AND d.lease IS NOT NULL AND d.next_attempt_at > ${now})
    )
    UPDATE deliveries AS d SET
      state           = 'pending',
      reason          = NULL,
      schedule_start  = d.attempt_count,
      next_attempt_at = CASE WHEN c.leased THEN ${lease.until} ELSE ${now} END,
      not_before      = NULL,
      lease           = CASE WHEN c.leased THEN ${lease.name} END,
      updated_at      = ${now}
    FROM again c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
    RETURNING event_id AS eventId, destination`,
  );
}

/** The named deliveries as `d`, in the order of `j.key`: one each, or all of an event. */
function named(wanted: DeliveryRef[]) {
  return sql`json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries d ON d.event_id = j.value ->> 'eventId'
        AND d.destination = coalesce(j.value ->> 'destination', d.destination)`;
}
