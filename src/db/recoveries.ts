/** Statements on recoveries. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
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

/** Begins a recovery of an enabled destination, unless it has a running one. */
export function insertRecovery(db: Database, recovery: NewRecovery) {
  const from = firstIdAt("evt", recovery.fromTime);
  return all<{ recoveryId: string }>(
    db,
    sql`
    INSERT INTO recoveries (recovery_id, destination, state, from_time, to_time, step_from, step_to, total, created_at, updated_at)
    SELECT ${recovery.recoveryId}, x.key, 'running', ${recovery.fromTime}, ${recovery.toTime}, ${from}, ${from},
           (SELECT count(*) FROM deliveries d WHERE d.destination = x.key AND d.state IN ('exhausted', 'discarded')
              AND d.event_id >= ${from} AND d.event_id < ${firstIdAt("evt", recovery.toTime)}),
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
    WHERE wake_at IS NULL AND key = (SELECT destination FROM recoveries WHERE recovery_id = ${recoveryId} AND state = 'running')`,
  );
}

/**
 * The next step of the running recoveries of the named destinations, where it is their turn and nothing else waits: up
 * to `chunk` deliveries, or the end when there are none left. To run before `parkRecovered`.
 */
export function stepRecoveries(db: Database, destinations: number[], chunk: number, now: number) {
  const next = (what: ReturnType<typeof sql>) => sql`
    (SELECT ${what} FROM (
      SELECT q.event_id FROM deliveries q
      WHERE q.destination = r.destination AND q.state IN ('exhausted', 'discarded') AND q.event_id > r.step_to
        AND q.event_id < r.end_id
      ORDER BY q.event_id LIMIT ${sql.raw(String(chunk))}))`;
  return run(
    db,
    sql`
    UPDATE recoveries AS t SET
      step_from = r.step_to,
      step_to = coalesce(${next(sql`max(event_id)`)}, r.step_to),
      redelivered = t.redelivered + ${next(sql`count(*)`)},
      state = CASE WHEN ${next(sql`count(*)`)} = 0 THEN 'finished' ELSE 'running' END,
      updated_at = ${now}
    FROM (
      SELECT r.recovery_id, r.destination, r.step_to, ${idAt(sql`r.to_time`)} AS end_id
      FROM json_each(${JSON.stringify(destinations)}) j
      JOIN destinations x ON x.key = j.value AND x.enabled AND x.wake_at <= ${now}
      JOIN recoveries r ON r.destination = x.key AND r.state = 'running'
      WHERE NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.destination = x.key AND p.state = 'pending' AND p.next_attempt_at IS NULL)
    ) r
    WHERE t.recovery_id = r.recovery_id`,
  );
}
