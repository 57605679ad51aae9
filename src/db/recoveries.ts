/** Statements on recoveries. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { firstIdAt } from "../vocabulary/ids";
import type { RecoveryState } from "../vocabulary/states";
import { all, type Database, run } from "./database";

export type RecoveryRow = {
  recoveryId: string;
  destinationId: string;
  accountId: string;
  state: RecoveryState;
  fromTime: number;
  toTime: number;
  total: number;
  redelivered: number;
  createdAt: number;
  updatedAt: number;
};

export type NewRecovery = { recoveryId: string; destinationId: string; fromTime: number; toTime: number; now: number };

/** Begins a recovery of an enabled destination, unless it has a running one; returns nothing then. */
export function insertRecovery(db: Database, recovery: NewRecovery) {
  const from = firstIdAt("evt", recovery.fromTime);
  const end = firstIdAt("evt", recovery.toTime);
  return all<{ recoveryId: string }>(
    db,
    sql`
    INSERT INTO recoveries (recovery_id, destination, state, from_time, to_time, end_id, step_from, step_to, total,
                            created_at, updated_at)
    SELECT ${recovery.recoveryId}, x.key, 'running', ${recovery.fromTime}, ${recovery.toTime}, ${end}, ${from}, ${from},
           (SELECT count(*) FROM deliveries d WHERE d.destination = x.key AND d.state IN ('exhausted', 'discarded')
              AND d.event_id > ${from} AND d.event_id < ${end}),
           ${recovery.now}, ${recovery.now}
    FROM destinations x
    WHERE x.destination_id = ${recovery.destinationId} AND x.enabled AND x.removed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.destination = x.key AND r.state = 'running')
    RETURNING recovery_id AS recoveryId`,
  );
}

/** Gives the destination of a running recovery its turn, unless it has one already. */
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
 * Chooses the next step of the running recoveries of the named destinations, where it is their turn and nothing else
 * waits: the events of up to `chunk` deliveries, or the end when there are none left.
 */
export function stepRecoveries(db: Database, destinations: number[], chunk: number, now: number) {
  const next = (what: SQL) => sql`
    (SELECT ${what} FROM (
      SELECT q.event_id FROM deliveries q
      WHERE q.destination = r.destination AND q.state IN ('exhausted', 'discarded')
        AND q.event_id > r.step_to AND q.event_id < r.end_id
      ORDER BY q.event_id LIMIT ${sql.raw(String(chunk))}))`;
  return run(
    db,
    sql`
    UPDATE recoveries AS r SET
      step_from = r.step_to,
      step_to = coalesce(${next(sql`max(event_id)`)}, r.step_to),
      redelivered = r.redelivered + ${next(sql`count(*)`)},
      state = CASE WHEN ${next(sql`count(*)`)} = 0 THEN 'finished' ELSE 'running' END,
      updated_at = ${now}
    FROM json_each(${JSON.stringify(destinations)}) j
    JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
    WHERE r.destination = x.key AND r.state = 'running'
      AND NOT EXISTS (SELECT 1 FROM deliveries p
                      WHERE p.destination = x.key AND p.state = 'pending' AND p.next_attempt_at IS NULL)`,
  );
}

/** Lets the deliveries of the steps just chosen wait for their destination's turn, each with a fresh schedule. */
export function holdRecovered(db: Database, destinations: number[], now: number) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET
      state = 'pending', reason = NULL, schedule_start = d.attempt_count, next_attempt_at = NULL, not_before = ${now},
      updated_at = ${now}
    FROM json_each(${JSON.stringify(destinations)}) j
    JOIN recoveries r ON r.destination = j.value AND r.state = 'running' AND r.updated_at = ${now}
    WHERE d.destination = r.destination AND d.state IN ('exhausted', 'discarded')
      AND d.event_id > r.step_from AND d.event_id <= r.step_to`,
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

export function selectRecoveryOfAnyAccount(db: Database, recoveryId: string) {
  return all<RecoveryRow>(db, sql`${RECOVERIES} WHERE r.recovery_id = ${recoveryId} AND x.removed_at IS NULL`);
}

/** A destination's recoveries, newest first, with ids below `before`. */
export function selectRecoveriesOfDestination(
  db: Database,
  destinationId: string,
  before: string | undefined,
  limit: number,
) {
  return all<RecoveryRow>(
    db,
    sql`
    ${RECOVERIES} WHERE x.destination_id = ${destinationId} AND x.removed_at IS NULL
      AND r.recovery_id < ${before ?? "rcv_~"} ORDER BY r.recovery_id DESC LIMIT ${limit}`,
  );
}

const RECOVERIES = sql`
  SELECT r.recovery_id AS recoveryId, x.destination_id AS destinationId, a.account_id AS accountId, r.state,
         r.from_time AS fromTime, r.to_time AS toTime, r.total, r.redelivered, r.created_at AS createdAt,
         r.updated_at AS updatedAt
  FROM recoveries r JOIN destinations x ON x.key = r.destination JOIN accounts a ON a.id = x.account`;
