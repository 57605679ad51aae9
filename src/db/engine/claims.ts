/** Statements that take leases of deliveries that are due. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "../database";
import type { DeliveryKey, DeliveryRef } from "../deliveries";
import { dueSince, type Lease, leaseEnd } from "./leases";
import { DISCARD_REASON, heldUntil, NEVER_ATTEMPTED, type OpenLimits, route } from "./routes";

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

/** The named deliveries as `d`, in the order of `j.key`: one each, or all of an event. */
export function named(wanted: DeliveryRef[]) {
  return sql`json_each(${JSON.stringify(wanted)}) j
      JOIN deliveries d ON d.event_id = j.value ->> 'eventId'
        AND d.destination = coalesce(j.value ->> 'destination', d.destination)`;
}
