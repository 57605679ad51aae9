/** Statements on what went wrong at one destination. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import type { AttemptOutcome } from "../vocabulary/states";
import { idOf } from "./accounts";
import { all, type Database, literal } from "./database";
import { IS_HELD } from "./engine/routes";

/** An attempt that failed, and the beginning of what was answered. */
export type FailureRow = {
  eventId: string;
  destination: number;
  startedAt: number;
  outcome: AttemptOutcome;
  statusCode: number | null;
  detail: string | null;
  answer: string | null;
};

/** Of what waits for the destination and of what did not arrive there, so many are looked at each. */
const LOOKED_AT = 50;
const ANSWER_LENGTH = 500;

/**
 * The destination's last failed attempt: of those that wait, the first to be probed, and of those that are scheduled or
 * ended, the newest, which three indexes and the primary key give.
 */
export function selectLastFailure(db: Database, account: string, destinationId: string) {
  const mine = sql`(SELECT key FROM destinations WHERE destination_id = ${destinationId} AND account = ${idOf(account)})`;
  return all<FailureRow>(
    db,
    sql`
    WITH mine AS (SELECT ${mine} AS key),
    looked_at AS (
      SELECT * FROM (
        SELECT d.event_id, d.destination, d.attempt_count FROM deliveries d
        WHERE d.destination = ${mine} AND d.state IN ('exhausted', 'discarded')
        ORDER BY d.event_id DESC LIMIT ${LOOKED_AT})
      UNION ALL
      SELECT * FROM (
        SELECT d.event_id, d.destination, d.attempt_count FROM deliveries d
        WHERE d.destination = ${mine} AND d.state = 'pending' AND d.next_attempt_at IS NULL AND d.not_before > 0
        ORDER BY d.not_before DESC LIMIT ${LOOKED_AT})
      UNION ALL
      SELECT e.event_id, d.destination, d.attempt_count
      FROM (SELECT event_id FROM events WHERE account = ${idOf(account)} ORDER BY event_id DESC LIMIT ${LOOKED_AT}) e
      JOIN deliveries d ON d.event_id = e.event_id AND d.destination = (SELECT key FROM mine)
    )
    SELECT t.event_id AS eventId, t.destination, t.started_at AS startedAt, t.outcome, t.status_code AS statusCode,
           t.detail, substr(t.response_body, 1, ${ANSWER_LENGTH}) AS answer
    FROM looked_at l
    CROSS JOIN all_attempts t ON t.event_id = l.event_id AND t.destination = l.destination AND t.number = l.attempt_count
    WHERE t.outcome <> 'success'
    ORDER BY t.started_at DESC LIMIT 1`,
  );
}

/** How many wait for the destination, counted up to `most`. */
export function countWaiting(db: Database, account: string, destinationId: string, most: number) {
  return all<{ waiting: number }>(
    db,
    sql`
    SELECT count(*) AS waiting FROM (
      SELECT 1 FROM deliveries h
      WHERE ${IS_HELD}
        AND h.destination = (SELECT key FROM destinations
                             WHERE destination_id = ${destinationId} AND account = ${idOf(account)})
      LIMIT ${literal(most)})`,
  );
}

/** The oldest event that did not arrive there. */
export function selectOldestMissed(db: Database, account: string, destinationId: string) {
  return all<{ eventId: string | null }>(
    db,
    sql`
    SELECT min(d.event_id) AS eventId FROM deliveries d
    WHERE d.state IN ('exhausted', 'discarded')
      AND d.destination = (SELECT key FROM destinations
                           WHERE destination_id = ${destinationId} AND account = ${idOf(account)})`,
  );
}
