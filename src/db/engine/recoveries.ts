/** Statements on recoveries. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { AccountScope } from "../../vocabulary/account-scope";
import { firstIdAt } from "../../vocabulary/ids";
import type { RecoveryState } from "../../vocabulary/states";
import { inScope } from "../accounts";
import { all, type Database, literal, run } from "../database";
import { firstEventIdAt } from "../event-range";
import { IS_HELD } from "./routes";

export type RecoveryRow = {
  recoveryId: string;
  destinationId: string;
  accountId: string;
  state: RecoveryState;
  fromTime: number;
  toTime: number;
  total: number;
  redelivered: number;
  /** Those in its range that have not arrived and are not on their way, now; counted up to `MOST_COUNTED`. */
  remaining: number;
  /** With what its types and filter left out. */
  unmatched: number;
  createdAt: number;
  updatedAt: number;
};

export type NewRecovery = {
  recoveryId: string;
  destinationId: string;
  fromTime: number;
  toTime: number;
  /** With what its types and filter left out. That is found through the account's events, so these must not be too many. */
  unmatched: boolean;
  now: number;
};

/** Of so many events the recovery of what was left out may be. */
export const MOST_UNMATCHED_OF = 50_000;

/** How many events the destination's account has between two times, up to `most`. */
export function countEventsBetween(db: Database, { destinationId, fromTime, toTime }: NewRecovery, most: number) {
  return all<{ events: number }>(
    db,
    sql`
    SELECT count(*) AS events FROM (
      SELECT 1 FROM events e
      WHERE e.account = (SELECT account FROM destinations WHERE destination_id = ${destinationId})
        AND e.event_id > ${firstIdAt("evt", fromTime)} AND e.event_id < ${firstIdAt("evt", toTime)} LIMIT ${literal(most)})`,
  );
}

/** Begins a recovery of an enabled destination, unless it has a running one; returns nothing then. */
export function insertRecovery(db: Database, recovery: NewRecovery) {
  const from = firstIdAt("evt", recovery.fromTime);
  const end = firstIdAt("evt", recovery.toTime);
  return all<{ recoveryId: string }>(
    db,
    sql`
    INSERT INTO recoveries (recovery_id, destination, state, from_time, to_time, end_id, step_from, step_to, total,
                            created_at, updated_at, unmatched)
    SELECT ${recovery.recoveryId}, x.key, 'running', ${recovery.fromTime}, ${recovery.toTime}, ${end}, ${from}, ${from},
           (SELECT count(*) FROM ${missed(sql`x`, (id) => sql`${id} > ${from} AND ${id} < ${end}`)}),
           ${recovery.now}, ${recovery.now}, x.unmatched
    FROM (SELECT y.*, y.key AS destination, ${Number(recovery.unmatched)} AS unmatched FROM destinations y) x
    WHERE x.destination_id = ${recovery.destinationId} AND x.enabled AND x.removed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.destination = x.key AND r.state = 'running')
    RETURNING recovery_id AS recoveryId`,
  );
}

/** Begins a drain of the destination of a running recovery, where none is to come. */
export function wakeRecovering(db: Database, recoveryId: string, now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET wake_at = ${now}
    WHERE wake_at IS NULL
      AND key = (SELECT destination FROM recoveries WHERE recovery_id = ${recoveryId} AND state = 'running')`,
  );
}

/**
 * Chooses the next step of the running recoveries of the named destinations, where a drain is due and nothing is held:
 * the events of up to `chunk` deliveries that did not arrive. When there are none left it ends, unless the destination
 * was disabled meanwhile, so that what it had taken up was discarded: then it starts over.
 */
export function stepRecoveries(db: Database, destinations: number[], chunk: number, now: number) {
  const start = firstEventIdAt(sql`r.from_time`);
  return run(
    db,
    sql`
    WITH stepping AS (
      SELECT r.recovery_id, r.destination, r.unmatched, r.end_id, CASE
          WHEN EXISTS (
            SELECT 1 FROM ${missed(sql`r`, (id) => sql`${id} > r.step_to AND ${id} < r.end_id`)}) THEN r.step_to
          WHEN EXISTS (SELECT 1 FROM deliveries q WHERE ${failedOf(sql`r`)}
                         AND q.event_id > ${start} AND q.event_id <= r.step_to
                         AND q.reason IN ('destination_disabled', 'gone')) THEN ${start}
          ELSE r.step_to
        END AS step_from
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
      JOIN recoveries r ON r.destination = x.key AND r.state = 'running'
      WHERE NOT EXISTS (SELECT 1 FROM deliveries h WHERE h.destination = x.key AND ${IS_HELD})
    ),
    chosen AS (
      SELECT s.recovery_id, s.step_from, count(d.event_id) AS found, max(d.event_id) AS last
      FROM stepping s
      LEFT JOIN deliveries d ON d.destination = s.destination AND d.event_id IN (
        SELECT event_id FROM ${missed(sql`s`, (id) => sql`${id} > s.step_from AND ${id} < s.end_id`)}
        ORDER BY event_id LIMIT ${literal(chunk)})
      GROUP BY s.recovery_id
    )
    UPDATE recoveries AS r SET
      step_from   = c.step_from,
      step_to     = coalesce(c.last, c.step_from),
      redelivered = c.found + CASE
        WHEN c.step_from = r.step_to THEN r.redelivered
        ELSE max(0, r.total - (
          SELECT count(*) FROM ${missed(sql`r`, (id) => sql`${id} > c.step_from AND ${id} < r.end_id`)}))
      END,
      state       = CASE c.found WHEN 0 THEN 'finished' ELSE 'running' END,
      updated_at  = ${now}
    FROM chosen c
    WHERE r.recovery_id = c.recovery_id`,
  );
}

/** Whether the delivery `q` did not arrive at the destination of `of`, and still could. */
function failedOf(of: SQL): SQL {
  return sql`q.destination = ${of}.destination AND q.state IN ('exhausted', 'discarded') AND q.reason IS NOT 'event_wiped'`;
}

/** Those in the range that did not arrive at the destination of `of`; where that is `unmatched`, with what it did not ask for. */
function missed(of: SQL, inRange: (id: SQL) => SQL): SQL {
  return sql`(
      SELECT q.event_id FROM deliveries q WHERE ${failedOf(of)} AND ${inRange(sql`q.event_id`)}
      UNION ALL
      SELECT q.event_id FROM events v CROSS JOIN deliveries q ON q.event_id = v.event_id AND q.destination = ${of}.destination
      WHERE ${of}.unmatched AND v.account = (SELECT y.account FROM destinations y WHERE y.key = ${of}.destination)
        AND ${inRange(sql`v.event_id`)} AND q.state = 'filtered' AND q.reason IS NOT 'event_wiped')`;
}

/** Holds the deliveries of the steps just chosen for their destination's drain, each with a fresh schedule. */
export function holdRecovered(db: Database, destinations: number[], now: number) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET
      state           = 'pending',
      reason          = NULL,
      schedule_start  = d.attempt_count,
      next_attempt_at = NULL,
      not_before      = ${now},
      updated_at      = ${now}
    FROM json_each(${JSON.stringify(destinations)}) j
    JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
    JOIN recoveries r ON r.destination = x.key AND r.state = 'running' AND r.updated_at = ${now}
    WHERE d.destination = r.destination AND d.event_id IN (
      SELECT event_id FROM ${missed(sql`r`, (id) => sql`${id} > r.step_from AND ${id} <= r.step_to`)})`,
  );
}

/** Stops a running recovery; what it has sent already stays sent. */
export function cancelRecovery(db: Database, recoveryId: string, now: number) {
  return all<{ recoveryId: string }>(
    db,
    sql`
    UPDATE recoveries SET state = 'cancelled', updated_at = ${now}
    WHERE recovery_id = ${recoveryId} AND state = 'running' RETURNING recovery_id AS recoveryId`,
  );
}

/** Stops the running recovery of a destination that is removed. */
export function cancelRecoveryOf(db: Database, destinationId: string, now: number) {
  return run(
    db,
    sql`
    UPDATE recoveries SET state = 'cancelled', updated_at = ${now}
    WHERE destination = (SELECT key FROM destinations WHERE destination_id = ${destinationId}) AND state = 'running'`,
  );
}

/** Recoveries begun before that time that have ended, or of which all events were received before it. */
export function deleteOldRecoveries(db: Database, before: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM recoveries WHERE recovery_id IN (
      SELECT recovery_id FROM recoveries
      WHERE recovery_id < ${firstIdAt("rcv", before)} AND (state <> 'running' OR end_id <= ${firstIdAt("evt", before)})
      ORDER BY recovery_id LIMIT ${literal(chunk)})`,
  );
}

export function selectRecovery(db: Database, account: AccountScope, recoveryId: string) {
  return all<RecoveryRow>(
    db,
    sql`${RECOVERIES} WHERE r.recovery_id = ${recoveryId} AND x.removed_at IS NULL AND ${inScope(account)}`,
  );
}

/** A destination's recoveries, newest first, with ids below `before`. */
export function selectRecoveriesOfDestination(
  db: Database,
  account: AccountScope,
  destinationId: string,
  before: string | undefined,
  limit: number,
) {
  return all<RecoveryRow>(
    db,
    sql`
    ${RECOVERIES} WHERE x.destination_id = ${destinationId} AND x.removed_at IS NULL AND ${inScope(account)}
      AND r.recovery_id < ${before ?? "rcv_~"} ORDER BY r.recovery_id DESC LIMIT ${limit}`,
  );
}

/** The page of a recovery asks every few seconds. */
export const MOST_COUNTED = 1_000;

const RECOVERIES = sql`
  SELECT r.recovery_id AS recoveryId, x.destination_id AS destinationId, a.account_id AS accountId, r.state,
         r.from_time AS fromTime, r.to_time AS toTime, r.total, r.redelivered,
         (SELECT count(*) FROM (
            SELECT 1
            FROM ${missed(sql`r`, (id) => sql`${id} > ${firstEventIdAt(sql`r.from_time`)} AND ${id} < r.end_id`)}
            LIMIT ${literal(MOST_COUNTED)})) AS remaining, r.unmatched,
         r.created_at AS createdAt, r.updated_at AS updatedAt
  FROM recoveries r JOIN destinations x ON x.key = r.destination JOIN accounts a ON a.id = x.account`;
