/** Statements that count. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { firstIdAt } from "../../vocabulary/ids";
import { all, type Database, run } from "../database";
import { IS_KEPT, type Transition } from "../engine/records";
import { DURATION_BOUNDS_MS } from "../schema";
import { DURATIONS, END_OF_HOURS, HOUR_MS, listed, MINUTE_MS } from "./stats-rows";

const CLOCKS_DIFFER_MS = 5 * MINUTE_MS;
/** What is counted: every column but those of the key. */
const COUNTS = ["events", "delivered", "failed", "exhausted", "discarded", "skipped", ...DURATIONS];
const SUMS = listed(COUNTS, (name) => `sum(${name})`);

/**
 * Counts attempts in the minute of `now`, one row a destination. One that is kept already was counted. A delivery is
 * counted as delivered once, however often it arrives, and as exhausted where its attempt decides, as in
 * `applyTransitions`. What is discarded is counted by a trigger, `deliveries_discarded` in the migrations.
 */
export function countAttempts(db: Database, transitions: Transition[], now: number) {
  const rows = transitions.map(({ eventId, destination, lease, attemptsBefore, state, attempt }) => ({
    eventId,
    destination,
    lease,
    attemptsBefore,
    state,
    startedAt: attempt.startedAt,
    succeeded: attempt.outcome === "success",
    bound: DURATION_BOUNDS_MS.find((bound) => attempt.durationMs <= bound) ?? DURATION_BOUNDS_MS.at(-1),
  }));
  const counts = ["delivered", "failed", "exhausted", ...DURATIONS];
  return run(
    db,
    sql`
    WITH ended AS (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'attemptsBefore' AS attempts_before, value ->> 'startedAt' AS started_at,
             value ->> 'state' AS state, value ->> 'succeeded' AS succeeded, value ->> 'bound' AS bound
      FROM json_each(${JSON.stringify(rows)})
    )
    INSERT INTO stats (period, time, subject, ${listed(counts)})
    SELECT 'minute', ${startOf(now, MINUTE_MS)}, r.destination,
           sum(r.succeeded AND NOT EXISTS (
             SELECT 1 FROM attempts a
             WHERE a.event_id = r.event_id AND a.destination = r.destination AND a.outcome = 'success')),
           sum(NOT r.succeeded), sum(r.state = 'exhausted' AND d.lease IS r.lease),
           ${sql.raw(DURATION_BOUNDS_MS.map((bound) => `sum(r.bound = ${bound})`).join(", "))}
    FROM ended r CROSS JOIN deliveries d ON d.event_id = r.event_id AND d.destination = r.destination
    WHERE NOT ${IS_KEPT}
    GROUP BY r.destination
    ON CONFLICT DO UPDATE SET ${listed(counts, (name) => `${name} = ${name} + excluded.${name}`)}`,
  );
}

/**
 * Deletes what was counted in the future, by a clock that was ahead: the newest row says from where to go on. A minute
 * is left alone that another isolate's clock may have reached; an hour is summed up only some minutes after its end.
 */
export function deleteFutureStats(db: Database, now: number) {
  return run(
    db,
    sql`
    DELETE FROM stats WHERE (period, time, subject) IN (
      SELECT period, time, subject FROM stats WHERE period = 'minute' AND time > ${now + CLOCKS_DIFFER_MS}
      UNION ALL
      SELECT period, time, subject FROM stats WHERE period = 'hour' AND time > ${now - HOUR_MS})`,
  );
}

/** The last hour that was summed up. */
export function selectLastHour(db: Database) {
  return all<{ time: number | null }>(db, sql`SELECT max(time) AS time FROM stats WHERE period = 'hour'`);
}

/**
 * Minutes since that hour (or since `oldest`), before `end`, that have no row for everything, oldest first: not counted
 * yet, or nothing happened in them.
 */
export function selectUncountedMinutes(db: Database, oldest: number, end: number, most: number) {
  return all<{ time: number }>(
    db,
    sql`
    WITH RECURSIVE minutes(time) AS (
      SELECT max(${oldest}, ${END_OF_HOURS})
      UNION ALL
      SELECT time + ${MINUTE_MS} FROM minutes WHERE time + ${MINUTE_MS} < ${end}
    )
    SELECT m.time FROM minutes m
    WHERE m.time < ${end}
      AND NOT EXISTS (SELECT 1 FROM stats s WHERE s.period = 'minute' AND s.time = m.time AND s.subject = 0)
    ORDER BY m.time LIMIT ${most}`,
  );
}

/**
 * Deliveries of these minutes that were discarded on arrival, one row a destination that has any. Looks only where an
 * account with events of that minute has a destination that is not enabled.
 */
export function countSkipped(db: Database, minutes: number[]) {
  return run(
    db,
    sql`
    WITH received AS (
      SELECT DISTINCT j.value ->> 'time' AS time, j.value ->> 'from' AS "from", j.value ->> 'to' AS "to", e.account
      FROM json_each(${withIds(minutes)}) j
      CROSS JOIN events e ON e.event_id >= j.value ->> 'from' AND e.event_id < j.value ->> 'to'
    )
    INSERT INTO stats (period, time, subject, skipped)
    SELECT 'minute', c.time, x.key, count(*)
    FROM received c
    CROSS JOIN destinations x ON x.account = c.account AND NOT x.enabled
    CROSS JOIN deliveries d ON d.destination = x.key AND d.event_id >= c."from" AND d.event_id < c."to"
      AND d.state IN ('exhausted', 'discarded')
    WHERE d.reason = 'destination_disabled' AND d.updated_at = d.created_at
    GROUP BY c.time, x.key
    ON CONFLICT DO UPDATE SET skipped = excluded.skipped WHERE skipped < excluded.skipped`,
  );
}

/** What is counted anew for the account rows and for everything is never less than before. */
const GROWS = sql`${listed(COUNTS, (name) => `${name} = max(${name}, excluded.${name})`)}
    WHERE ${sql.raw(COUNTS.map((name) => `${name} < excluded.${name}`).join(" OR "))}`;

/**
 * Counts the events received in these minutes for each account, and sums up what became of its deliveries. As often as
 * one likes: what has not grown is not written. To be asked before an account is removed.
 */
export function countAccounts(db: Database, minutes: number[]) {
  return run(
    db,
    sql`
    WITH counted AS (
      SELECT j.value ->> 'time' AS time, e.account, count(*) AS events,
             ${listed(COUNTS.slice(1), (name) => `0 AS ${name}`)}
      FROM json_each(${withIds(minutes)}) j
      CROSS JOIN events e ON e.event_id >= j.value ->> 'from' AND e.event_id < j.value ->> 'to'
      GROUP BY 1, 2
      UNION ALL
      SELECT s.time, x.account, 0, ${listed(COUNTS.slice(1), (name) => `s.${name}`)}
      FROM json_each(${JSON.stringify(minutes)}) j
      CROSS JOIN stats s ON s.period = 'minute' AND s.time = j.value AND s.subject > 0
      CROSS JOIN destinations x ON x.key = s.subject
    )
    INSERT INTO stats (period, time, subject, ${listed(COUNTS)})
    SELECT 'minute', time, -account, ${SUMS} FROM counted GROUP BY time, account
    ON CONFLICT DO UPDATE SET ${GROWS}`,
  );
}

/**
 * Sums up these minutes for everything: the events of the accounts, and the deliveries of the destinations, also of those
 * that were removed since.
 */
export function countEverything(db: Database, minutes: number[]) {
  const sums = COUNTS.map((name) => `sum((s.subject ${name === "events" ? "<" : ">"} 0) * s.${name})`);
  return run(
    db,
    sql`
    INSERT INTO stats (period, time, subject, ${listed(COUNTS)})
    SELECT 'minute', s.time, 0, ${sql.raw(sums.join(", "))}
    FROM json_each(${JSON.stringify(minutes)}) j
    CROSS JOIN stats s ON s.period = 'minute' AND s.time = j.value AND s.subject <> 0
    GROUP BY s.time
    ON CONFLICT DO UPDATE SET ${GROWS}`,
  );
}

/** This minute and those before it that are still being counted. */
export function recentMinutes(now: number): number[] {
  return [0, 1, 2, 3].map((ago) => startOf(now, MINUTE_MS) - ago * MINUTE_MS);
}

/** Minutes, and the ids that events received in each lie between: `from` ≤ id < `to`. */
function withIds(minutes: number[]): string {
  return JSON.stringify(
    minutes.map((time) => ({ time, from: firstIdAt("evt", time), to: firstIdAt("evt", time + MINUTE_MS) })),
  );
}

/** Sums up whole hours from their minutes. An hour without any gets its row for everything, to show that it is done. */
export function sumUpHours(db: Database, hours: number[]) {
  return run(
    db,
    sql`
    INSERT INTO stats (period, time, subject, ${listed(COUNTS)})
    SELECT 'hour', j.value, coalesce(s.subject, 0), ${listed(COUNTS, (name) => `coalesce(sum(s.${name}), 0)`)}
    FROM json_each(${JSON.stringify(hours)}) j
    LEFT JOIN stats s ON s.period = 'minute' AND s.time >= j.value AND s.time < j.value + ${HOUR_MS}
    GROUP BY j.value, s.subject
    ON CONFLICT DO UPDATE SET ${listed(COUNTS, (name) => `${name} = excluded.${name}`)}`,
  );
}

/** The oldest of those before that time. */
export function deleteStats(db: Database, period: "minute" | "hour", before: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM stats WHERE (period, time, subject) IN (
      SELECT period, time, subject FROM stats WHERE period = ${period} AND time < ${before}
      ORDER BY time, subject LIMIT ${chunk})`,
  );
}

function startOf(time: number, periodMs: number): number {
  return time - (time % periodMs);
}
