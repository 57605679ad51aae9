/** Statements that count attempts. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, run } from "../database";
import { standing } from "../engine/flights";
import { IS_KEPT, type Transition } from "../engine/records";
import { DURATION_BOUNDS_MS } from "../schema";
import { grows, startOf, withIds } from "./stats";
import { DURATIONS, listed, MINUTE_MS } from "./stats-rows";

/** What attempts are counted as; events and discards are counted elsewhere. */
const ATTEMPT_COUNTS = ["delivered", "failed", "exhausted", ...DURATIONS];

/**
 * A first attempt that begins so soon after its event came is counted from its delivery, see `countFirstAttempts`: that
 * is nearly all there is, and costs the record no row.
 */
const SOON_MS = MINUTE_MS;

/** Whether what becomes of a delivery at `now` is that soon; all that is filtered out then is counted from its row. */
export function isSoon(receivedAt: number, now: number): boolean {
  return now < receivedAt + SOON_MS;
}
/** The longest timeout, and what comes before and after it. */
const LONGEST_ATTEMPT_MS = 40_000;

/**
 * Counts attempts in the minute of `now`, one row a destination, but for first ones that began soon: of those only that
 * they were the last. One that is kept already was counted. A delivery is
 * counted as delivered once, however often it arrives, and as exhausted where its attempt decides, as in
 * `recordTransitions`. What is discarded is counted by triggers, see the migrations.
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
  return run(
    db,
    sql`
    WITH ended AS MATERIALIZED (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'attemptsBefore' AS attempts_before, value ->> 'startedAt' AS started_at,
             value ->> 'state' AS state, value ->> 'succeeded' AS succeeded, value ->> 'bound' AS bound
      FROM json_each(${JSON.stringify(rows)})
    ),
    ${standing(sql`ended`)},
    fresh AS (
      SELECT r.*, r.state = 'exhausted' AND d.lease IS r.lease AS exhausted,
             d.attempt_count = 0 AND ${soon(sql`r.started_at`)} AS counted_later
      FROM ended r JOIN standing d ON d.event_id = r.event_id AND d.destination = r.destination
      JOIN events e ON e.event_id = r.event_id
      WHERE NOT ${IS_KEPT}
    )
    INSERT INTO stats (period, time, subject, ${listed(ATTEMPT_COUNTS)})
    SELECT 'minute', ${startOf(now, MINUTE_MS)}, r.destination,
           sum(NOT r.counted_later AND r.succeeded AND NOT EXISTS (
             SELECT 1 FROM all_attempts a
             WHERE a.event_id = r.event_id AND a.destination = r.destination AND a.outcome = 'success')),
           sum(NOT r.counted_later AND NOT r.succeeded), sum(r.exhausted),
           ${sql.raw(DURATION_BOUNDS_MS.map((bound) => `sum(NOT r.counted_later AND r.bound = ${bound})`).join(", "))}
    FROM fresh r
    WHERE r.exhausted OR NOT r.counted_later
    GROUP BY r.destination
    ON CONFLICT DO UPDATE SET ${listed(ATTEMPT_COUNTS, (name) => `${name} = ${name} + excluded.${name}`)}`,
  );
}

function soon(time: SQL): SQL {
  return sql`(${time} < e.received_at + ${SOON_MS})`;
}

/**
 * Counts the first attempts that ended in these minutes, and began soon after their event came, and what was filtered out
 * as soon, one row a destination.
 * As often as one likes: what has not grown is not written.
 */
export function countFirstAttempts(db: Database, minutes: number[]) {
  const counts = ["filtered", "delivered", "failed", ...DURATIONS];
  const bounds = DURATION_BOUNDS_MS.map((bound, i) => {
    const above = DURATION_BOUNDS_MS[i - 1];
    const within = bound === DURATION_BOUNDS_MS.at(-1) ? "" : ` AND duration_ms <= ${bound}`;
    return `coalesce(sum(duration_ms > ${above ?? -1}${within}), 0)`;
  });
  const filteredAt = sql`CASE d.state WHEN 'filtered' THEN d.updated_at END`;
  const endedAt = sql`coalesce(d.first_started_at + d.first_duration_ms, ${filteredAt})`;
  return run(
    db,
    sql`
    WITH firsts AS (
      SELECT j.value ->> 'time' AS time, d.destination, d.first_outcome AS outcome, d.first_duration_ms AS duration_ms
      FROM json_each(${withIds(minutes, SOON_MS + LONGEST_ATTEMPT_MS)}) j
      CROSS JOIN events e ON e.event_id >= j.value ->> 'from' AND e.event_id < j.value ->> 'to'
      CROSS JOIN deliveries d ON d.event_id = e.event_id
      WHERE ${soon(sql`coalesce(d.first_started_at, ${filteredAt})`)} AND NOT d.is_test
        AND ${endedAt} >= j.value ->> 'time' AND ${endedAt} < j.value ->> 'time' + ${MINUTE_MS}
    )
    INSERT INTO stats (period, time, subject, ${listed(counts)})
    SELECT 'first', time, destination, sum(outcome IS NULL), coalesce(sum(outcome = 'success'), 0),
           coalesce(sum(outcome <> 'success'), 0), ${sql.raw(bounds.join(", "))}
    FROM firsts WHERE true GROUP BY time, destination
    ON CONFLICT DO UPDATE SET ${grows(counts)}`,
  );
}
