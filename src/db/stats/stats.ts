/** Statements that sum up, and forget. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { firstIdAt } from "../../vocabulary/ids";
import { all, type Database, run } from "../database";
import { DURATIONS, END_OF_HOURS, HOUR_MS, listed, MINUTE_MS } from "./stats-rows";

const CLOCKS_DIFFER_MS = 5 * MINUTE_MS;
/** What is counted: every column but those of the key. */
const COUNTS = ["events", "delivered", "failed", "exhausted", "discarded", "skipped", "filtered", ...DURATIONS];
const SUMS = listed(COUNTS, (name) => `sum(${name})`);

/**
 * Deletes what was counted in the future, by a clock that was ahead: the newest row says from where to go on. A minute
 * is left alone that another isolate's clock may have reached; an hour is summed up only some minutes after its end.
 */
export function deleteFutureStats(db: Database, now: number) {
  return run(
    db,
    sql`
    DELETE FROM stats
    WHERE (period IN ('first', 'minute') AND time > ${now + CLOCKS_DIFFER_MS})
       OR (period = 'hour' AND time > ${now - HOUR_MS})`,
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

/** What is counted anew is never less than before. */
export function grows(counts: string[]): SQL {
  return sql`${listed(counts, (name) => `${name} = max(${name}, excluded.${name})`)}
    WHERE ${sql.raw(counts.map((name) => `${name} < excluded.${name}`).join(" OR "))}`;
}

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
      CROSS JOIN stats s ON s.period IN ('first', 'minute') AND s.time = j.value AND s.subject > 0
      CROSS JOIN destinations x ON x.key = s.subject
    )
    INSERT INTO stats (period, time, subject, ${listed(COUNTS)})
    SELECT 'minute', time, -account, ${SUMS} FROM counted GROUP BY time, account
    ON CONFLICT DO UPDATE SET ${grows(COUNTS)}`,
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
    CROSS JOIN stats s ON s.period IN ('first', 'minute') AND s.time = j.value AND s.subject <> 0
    GROUP BY s.time
    ON CONFLICT DO UPDATE SET ${grows(COUNTS)}`,
  );
}

/** This minute and those before it that are still being counted. */
export function recentMinutes(now: number): number[] {
  return [0, 1, 2, 3].map((ago) => startOf(now, MINUTE_MS) - ago * MINUTE_MS);
}

/** Minutes, and the ids that events received in each, or so long before, lie between: `from` ≤ id < `to`. */
export function withIds(minutes: number[], beforeMs = 0): string {
  return JSON.stringify(
    minutes.map((time) => ({ time, from: firstIdAt("evt", time - beforeMs), to: firstIdAt("evt", time + MINUTE_MS) })),
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
    LEFT JOIN stats s ON s.period IN ('first', 'minute') AND s.time >= j.value AND s.time < j.value + ${HOUR_MS}
    GROUP BY j.value, s.subject
    ON CONFLICT DO UPDATE SET ${listed(COUNTS, (name) => `${name} = excluded.${name}`)}`,
  );
}

/**
 * The oldest minutes, of both kinds, or hours before that time: whole ones, until there are `chunk` rows of them.
 */
export function deleteStats(db: Database, period: "minute" | "hour", before: number, chunk: number) {
  const kinds = sql.raw(period === "hour" ? "'hour'" : "'first', 'minute'");
  const last = sql`(
      SELECT max(time) FROM (
        SELECT time FROM stats WHERE period = ${period} AND time < ${before} ORDER BY time LIMIT ${chunk}))`;
  return run(db, sql`DELETE FROM stats WHERE period IN (${kinds}) AND time <= coalesce(${last}, -1)`);
}

export function startOf(time: number, periodMs: number): number {
  return time - (time % periodMs);
}
