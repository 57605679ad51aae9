/** Statements that write down what attempts did. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import type { DeliveryReason, DeliveryState } from "../vocabulary/states";
import { all, type Database, jsonParameters, run } from "./database";
import type { AttemptFields, DeliveryKey } from "./deliveries";

/** What an attempt did to its delivery. */
export type Transition = {
  eventId: string;
  destination: number;
  lease: string;
  /** The delivery's `attempt_count` when it was leased. */
  attemptsBefore: number;
  state: DeliveryState;
  reason: DeliveryReason | null;
  nextAttemptAt: number | null;
  attempt: AttemptFields;
};

/**
 * Keeps the attempts, numbered on from what the delivery has. One that is kept already stays one: a record whose answer
 * was lost is written again.
 */
export function insertAttempts(db: Database, settled: Transition[]) {
  const statement = (rows: string) => sql`
    INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code, detail,
                          response_headers, response_body)
    SELECT d.event_id, d.destination, d.attempt_count + 1, j.value ->> '$.attempt.startedAt',
           j.value ->> '$.attempt.durationMs', j.value ->> '$.attempt.outcome', j.value ->> '$.attempt.statusCode',
           j.value ->> '$.attempt.detail', j.value ->> '$.attempt.responseHeaders', j.value ->> '$.attempt.responseBody'
    FROM json_each(${rows}) j
    JOIN deliveries d ON d.event_id = j.value ->> 'eventId' AND d.destination = j.value ->> 'destination'
    WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.event_id = d.event_id AND a.destination = d.destination
                      AND a.number > j.value ->> 'attemptsBefore' AND a.started_at = j.value ->> '$.attempt.startedAt')
    ON CONFLICT DO NOTHING`;
  return jsonParameters(settled).map((rows) => run(db, statement(rows)));
}

/** A delivery as it stands after its attempt was recorded. */
export type RecordedRow = {
  eventId: string;
  destination: number;
  state: DeliveryState;
  nextAttemptAt: number | null;
};

/**
 * Moves the deliveries on. An attempt always counts; where the lease was lost meanwhile only a success still decides,
 * and nothing ever undoes one. What would be due again is parked where the destination fails, discarded where it was
 * stopped.
 */
export function applyTransitions(db: Database, settled: Transition[], probeAfter: number, now: number) {
  const rows = settled.map(({ attempt, ...row }) => ({ ...row, statusCode: attempt.statusCode }));
  const decides = sql`(d.state <> 'delivered' AND (j.state = 'delivered' OR d.lease IS j.lease))`;
  return all<RecordedRow>(
    db,
    sql`
    UPDATE deliveries AS d SET
      attempt_count = (SELECT max(a.number) FROM attempts a
                       WHERE a.event_id = d.event_id AND a.destination = d.destination),
      last_status_code = j.status_code,
      updated_at = ${now},
      state = CASE WHEN ${decides} THEN j.state ELSE d.state END,
      reason = CASE WHEN ${decides} THEN j.reason ELSE d.reason END,
      next_attempt_at = CASE WHEN NOT ${decides} THEN d.next_attempt_at WHEN NOT j.parked THEN j.next_attempt_at END,
      not_before = CASE WHEN NOT ${decides} THEN d.not_before WHEN j.parked THEN j.next_attempt_at END,
      lease = CASE WHEN ${decides} THEN NULL ELSE d.lease END
    FROM (
      SELECT event_id, destination, lease, status_code, next_attempt_at,
             CASE WHEN state = 'pending' AND stopped THEN 'discarded' ELSE state END AS state,
             CASE WHEN state = 'pending' AND stopped THEN 'destination_disabled' ELSE reason END AS reason,
             state = 'pending' AND (parked OR stopped) AS parked
      FROM (
        SELECT j.value ->> 'eventId' AS event_id, j.value ->> 'destination' AS destination, j.value ->> 'lease' AS lease,
               j.value ->> 'state' AS state, j.value ->> 'reason' AS reason, j.value ->> 'statusCode' AS status_code,
               j.value ->> 'nextAttemptAt' AS next_attempt_at, coalesce(NOT x.enabled, 0) AS stopped,
               coalesce(x.consecutive_failures >= ${probeAfter}, 0) AS parked
        FROM json_each(${JSON.stringify(rows)}) j LEFT JOIN destinations x ON x.key = j.value ->> 'destination'
      )
    ) j
    WHERE d.event_id = j.event_id AND d.destination = j.destination
    RETURNING event_id AS eventId, destination, state, next_attempt_at AS nextAttemptAt`,
  );
}

/** A lease given up without an attempt: nothing is charged, and the delivery is due at `dueAt`. */
export type Released = DeliveryKey & { lease: string; dueAt: number };

export function releaseDeliveries(db: Database, released: Released[]) {
  return run(
    db,
    sql`
    UPDATE deliveries AS d SET next_attempt_at = j.value ->> 'dueAt', lease = NULL
    FROM json_each(${JSON.stringify(released)}) j
    WHERE d.event_id = j.value ->> 'eventId' AND d.destination = j.value ->> 'destination'
      AND d.state = 'pending' AND d.lease = j.value ->> 'lease'`,
  );
}
