/** Statements that write down what destinations did not ask for. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { DeliveryReason } from "../../vocabulary/states";
import { type Database, jsonParameters, run } from "../database";
import type { DeliveryKey } from "../deliveries";
import { startOf } from "../stats/stats";
import { MINUTE_MS } from "../stats/stats-rows";
import { standing } from "./flights";

/** A delivery that is not made; `lease` is null for one that waits and that nobody holds. */
export type Filtered = DeliveryKey & {
  lease: string | null;
  reason: DeliveryReason;
  /** JSON, see deliveries/unwanted. */
  detail: string;
  /** It was held, and of a drain in which nothing is attempted. */
  endsDrain: boolean;
};

/**
 * Ends the deliveries that are still as they were found, without an attempt: those on their first way get their row, the
 * only one that they cost. Who holds another lease meanwhile finds the same.
 */
export function recordFiltered(db: Database, filtered: Filtered[], now: number) {
  const statement = (rows: string) => sql`
    WITH ${unwanted(rows)}
    INSERT INTO deliveries (event_id, destination, state, reason, created_at, updated_at, first_detail)
    SELECT event_id, destination, 'filtered', why, created_at, ${now}, detail FROM unwanted WHERE true
    ON CONFLICT (event_id, destination) DO UPDATE SET
      state = 'filtered', reason = excluded.reason, next_attempt_at = NULL, not_before = NULL, lease = NULL,
      unrecorded = 0, updated_at = excluded.updated_at, first_detail = excluded.first_detail`;
  return jsonParameters(filtered).map((rows) => run(db, statement(rows)));
}

/** Counts those that are about to be recorded in the minute of `now`; others are counted from their rows, see stats/attempt-counts. */
export function countFiltered(db: Database, filtered: Filtered[], now: number) {
  const statement = (rows: string) => sql`
    WITH ${unwanted(rows)}
    INSERT INTO stats (period, time, subject, filtered)
    SELECT 'minute', ${startOf(now, MINUTE_MS)}, destination, count(*) FROM unwanted WHERE true GROUP BY destination
    ON CONFLICT DO UPDATE SET filtered = filtered + excluded.filtered`;
  return jsonParameters(filtered).map((rows) => run(db, statement(rows)));
}

/** The step `unwanted`: those that still stand as they were found. */
function unwanted(rows: string): SQL {
  return sql`found AS MATERIALIZED (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'reason' AS why, value ->> 'detail' AS detail
      FROM json_each(${rows})
    ),
    ${standing(sql`found`)},
    unwanted AS (
      SELECT d.*, r.why, r.detail FROM found r JOIN standing d ON d.event_id = r.event_id AND d.destination = r.destination
      WHERE d.state = 'pending' AND d.attempt_count = 0 AND d.lease IS r.lease AND d.reason IS NULL
    )`;
}
