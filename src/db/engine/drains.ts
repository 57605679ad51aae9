/**
 * Statements that drain what is held for a destination: a probe, or a chunk, or else it is discarded. Unexecuted; a verb
 * runs them in ONE batch.
 */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, literal, run } from "../database";
import type { DeliveryRef } from "../deliveries";
import { type ClaimLimits, named } from "./claims";
import { held, type Lease, leaseEnd } from "./leases";
import { DISCARD_REASON, IS_DISCARDED, IS_HELD, IS_PAUSED, isOpen, NEVER_ATTEMPTED } from "./routes";

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

/** Takes the drains of these destinations on at once where more is held: nothing that was attempted will. */
export function drainOn(db: Database, destinations: number[], now: number) {
  return all<{ key: number; wakeAt: number }>(
    db,
    sql`
    UPDATE destinations AS x SET wake_at = ${now}
    FROM json_each(${JSON.stringify(destinations)}) j
    WHERE x.key = j.value AND x.enabled AND x.wake_at > ${now}
      AND EXISTS (SELECT 1 FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD})
    RETURNING key, wake_at AS wakeAt`,
  );
}
