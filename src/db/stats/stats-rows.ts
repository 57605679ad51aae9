/** The columns of statistics, and the statements that read them. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { idOf } from "../accounts";
import { all, type Database } from "../database";
import { DURATION_BOUNDS_MS } from "../schema";

export { DURATION_BOUNDS_MS };

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** The columns that count attempts by their duration. */
export const DURATIONS = DURATION_BOUNDS_MS.map((bound) => `ms_${bound}`);
/** Until when hours are summed up; 0 while none is. */
export const END_OF_HOURS = sql`coalesce((SELECT max(time) FROM stats WHERE period = 'hour') + ${HOUR_MS}, 0)`;

export type StatsSubject = { accountId?: string | undefined; destinationId?: string | undefined };
/** Durations in the order of `DURATION_BOUNDS_MS`. */
export type StatsRow = {
  at: number;
  events: number;
  delivered: number;
  failed: number;
  exhausted: number;
  discarded: number;
  filtered: number;
  durations: string;
};

/** One row when there is that subject. */
export function selectStatsSubject(db: Database, subject: StatsSubject) {
  return all<{ subject: number | null }>(db, sql`SELECT ${subjectOf(subject)} AS subject`);
}

/**
 * Sums of `from` ≤ time < `to` in buckets of `bucketMs`, those that have any, oldest first: of the hours that are summed
 * up, if `hourly`, and of the minutes since, which none is kept of before `minutesFrom`. A seek for each.
 */
export function selectStats(
  db: Database,
  subject: StatsSubject,
  range: { from: number; to: number; bucketMs: number; hourly: boolean; minutesFrom: number },
) {
  const { from, to, bucketMs, hourly, minutesFrom } = range;
  const edge = hourly ? sql`min(${to}, max(${from}, ${minutesFrom}, ${END_OF_HOURS}))` : sql`${from}`;
  return all<StatsRow>(
    db,
    sql`
    WITH RECURSIVE
      edge(time) AS (SELECT ${edge}),
      hours(time) AS (
        SELECT ${from} FROM edge WHERE edge.time > ${from}
        UNION ALL
        SELECT h.time + ${HOUR_MS} FROM hours h, edge WHERE h.time + ${HOUR_MS} < edge.time
      ),
      minutes(time) AS (
        SELECT time FROM edge WHERE time < ${to}
        UNION ALL
        SELECT time + ${MINUTE_MS} FROM minutes WHERE time + ${MINUTE_MS} < ${to}
      ),
      wanted(period, time) AS (
        SELECT 'hour', time FROM hours
        UNION ALL SELECT 'minute', time FROM minutes
        ${subject.destinationId === undefined ? sql`` : sql`UNION ALL SELECT 'first', time FROM minutes`})
    SELECT s.time - s.time % ${bucketMs} AS at, sum(s.events) AS events, sum(s.delivered) AS delivered,
           sum(s.failed) AS failed, sum(s.exhausted) AS exhausted, sum(s.discarded + s.skipped) AS discarded, sum(s.filtered) AS filtered,
           json_array(${listed(DURATIONS, (name) => `sum(s.${name})`)}) AS durations
    FROM wanted w
    CROSS JOIN stats s ON s.period = w.period AND s.time = w.time AND s.subject = ${subjectOf(subject)}
    GROUP BY at ORDER BY at`,
  );
}

function subjectOf({ accountId, destinationId }: StatsSubject): SQL {
  if (destinationId !== undefined) {
    const account = accountId === undefined ? sql`` : sql`AND account = ${idOf(accountId)}`;
    return sql`(SELECT key FROM destinations WHERE destination_id = ${destinationId} ${account})`;
  }
  return accountId === undefined ? sql`0` : sql`-${idOf(accountId)}`;
}

/** Names of columns are ours alone, so they may stand in the text of a statement. */
export function listed(names: string[], each: (name: string) => string = (name) => name): SQL {
  return sql.raw(names.map(each).join(", "));
}
