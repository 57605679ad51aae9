/**
 * Statements on flights: the fan-out of an event that was just stored, what is on its way, and what is left of it when
 * its lease ends. Unexecuted; a verb runs them in ONE batch.
 */
import { type SQL, sql } from "drizzle-orm";
import { type Database, literal, run } from "../database";
import { DISCARD_REASON, NEVER_ATTEMPTED, type OpenLimits, route } from "./routes";

/**
 * The lease of a flight: the first `most` destinations of each event, under the event's own id; or, with a `name`, the
 * first `most` of all under that name.
 */
export type FirstLease = { most: number; until: number; name: string | null };

/**
 * The fan-out: each destination of each event's account goes on its route. `flights` takes off with those whose circuit
 * is closed, destinations that work and are fast before those that are slow or fail. `others` gets a row at once: it is
 * due where there is no place left, held where the circuit is open, discarded where the destination is disabled; so it
 * has to follow. Without a first lease none takes off. Run again, it makes nothing of what it has made. A message that is
 * handed over again makes nothing of an event that was wiped meanwhile, which has no bytes left.
 */
export function fanOut(db: Database, eventIds: string[], first: FirstLease | null, limits: OpenLimits, now: number) {
  const fresh = sql`
      SELECT e.event_id, x.key AS destination, x.consecutive_failures, x.usual_duration_ms,
             ${route(limits)} AS route, ${DISCARD_REASON} AS discard_reason
      FROM events e
      JOIN destinations x ON x.account = e.account AND x.removed_at IS NULL
      WHERE e.event_id IN (SELECT value FROM json_each(${JSON.stringify(eventIds)})) AND e.size_bytes > 0
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.event_id AND d.destination = x.key)
        AND NOT EXISTS (SELECT 1 FROM flights f WHERE f.event_id = e.event_id AND ${goesTo(sql`x.key`)})`;
  return {
    flights: first === null ? null : takeOff(db, fresh, first, now),
    others: run(
      db,
      sql`
      INSERT INTO deliveries (event_id, destination, state, reason, next_attempt_at, not_before, created_at, updated_at)
      SELECT event_id, destination,
             CASE route WHEN 'discard' THEN 'discarded' ELSE 'pending' END,
             CASE route WHEN 'discard' THEN discard_reason END,
             CASE route WHEN 'send' THEN ${now} END,
             CASE route WHEN 'hold' THEN ${NEVER_ATTEMPTED} END,
             ${now}, ${now}
      FROM (${fresh})`,
    ),
  };
}

function takeOff(db: Database, fresh: SQL, { most, until, name }: FirstLease, now: number) {
  return run(
    db,
    sql`
    WITH placed AS (
      SELECT event_id, destination, coalesce(${name}, event_id) AS lease, row_number() OVER (
          PARTITION BY coalesce(${name}, event_id)
          ORDER BY event_id, consecutive_failures, usual_duration_ms, destination) AS place
      FROM (${fresh}) WHERE route = 'send'
    )
    INSERT INTO flights (event_id, destinations, lease, begun_at, due_at)
    SELECT event_id, json_group_array(destination), lease, ${now}, ${until}
    FROM placed WHERE place <= ${most} GROUP BY event_id
    ON CONFLICT DO NOTHING`,
  );
}

/** Whether the flight `f` goes to that destination: without reading its list, as often as it is long. */
function goesTo(key: SQL): SQL {
  return sql`instr(',' || trim(f.destinations, '[]') || ',', ',' || ${key} || ',') > 0`;
}

/**
 * The step `standing`: how the deliveries stand that the step `named` (event_id, destination) names. Each flight is read
 * once, however many of its deliveries are named.
 */
export function standing(named: SQL): SQL {
  return sql`standing AS MATERIALIZED (
      SELECT * FROM all_deliveries d WHERE (d.event_id, d.destination) IN (SELECT event_id, destination FROM ${named})
    )`;
}

/** Ends the flights of those events of which every delivery has its row. */
export function endFlights(db: Database, eventIds: string[]) {
  return run(
    db,
    sql`
    DELETE FROM flights WHERE event_id IN (SELECT value FROM json_each(${JSON.stringify(eventIds)}))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(flights.destinations) j
        WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = flights.event_id AND d.destination = j.value))`,
  );
}

/**
 * Lands the flights whose lease has run out, or runs until after `latest`, as only a clock that was ahead can have set it:
 * the oldest events first, at most `most`.
 */
export function landOverdue(db: Database, latest: number, most: number, now: number) {
  return land(
    db,
    sql`SELECT event_id FROM flights WHERE due_at <= ${now} OR due_at > ${latest} ORDER BY event_id LIMIT ${literal(most)}`,
  );
}

/** The same for one event. */
export function landOverdueOf(db: Database, eventId: string, now: number) {
  return land(db, sql`SELECT event_id FROM flights WHERE event_id = ${eventId} AND due_at <= ${now}`);
}

/** Lands the flight of an event whatever its lease: who holds that finds it gone. */
export function landAllOf(db: Database, eventId: string) {
  return land(db, sql`SELECT ${eventId} AS event_id`);
}

/** The deliveries in flight, without a row yet: they are pending, and due when the lease of their flight ends. */
export const IN_FLIGHT = sql`
      SELECT f.event_id, CAST(j.value AS INTEGER) AS destination, f.lease, f.begun_at, f.due_at
      FROM flights f CROSS JOIN json_each(f.destinations) j
      WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = f.event_id AND d.destination = j.value)`;

/** What is in flight gets its row, leased to whoever did not record it. */
function land(db: Database, chosen: SQL) {
  return {
    rows: run(
      db,
      sql`
      INSERT INTO deliveries (event_id, destination, state, next_attempt_at, lease, created_at, updated_at)
      SELECT l.event_id, l.destination, 'pending', l.due_at, l.lease, l.begun_at, l.begun_at
      FROM (${IN_FLIGHT}) l WHERE l.event_id IN (${chosen})`,
    ),
    landed: run(db, sql`DELETE FROM flights WHERE event_id IN (${chosen})`),
  };
}
