/** Statements that take leases of deliveries that are there. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "./database";
import type { DeliveryKey, DeliveryRef } from "./deliveries";
import type { Lease } from "./leases";

/** What one claim may take: more would not fit into a Worker's memory, or its time. */
export type ClaimLimits = { mostDeliveries: number; mostBytes: number; drainChunk: number; probeAfter: number };

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
export function wakeHeld(db: Database, wanted: DeliveryRef[], now: number) {
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
 * destination fails, up to `drainChunk` where it works again.
 */
export function claimHeld(db: Database, destinations: number[], lease: Lease, limits: ClaimLimits, now: number) {
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
        ORDER BY q.event_id LIMIT ${sql.raw(String(limits.drainChunk))})
      JOIN events e ON e.event_id = p.event_id
    ) c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
      AND c.place_of_all <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}
      AND (c.place = 1 OR c.consecutive_failures < ${limits.probeAfter})`,
  );
}

/** Discards parked deliveries of those of the destinations that were stopped, at most `chunk` of each. */
export function discardHeld(db: Database, destinations: number[], chunk: number, now: number) {
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
export function scheduleNextDrain(db: Database, destinations: number[], lease: Lease, now: number) {
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
