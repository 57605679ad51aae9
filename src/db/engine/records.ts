/** Statements that write down what attempts did. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { DeliveryReason, DeliveryState } from "../../vocabulary/states";
import { all, type Database, jsonParameters, run } from "../database";
import type { DeliveryKey } from "../deliveries";
import type { AttemptFields } from "./attempts";
import { DISCARD_REASON, IS_WIPED, type OpenLimits, route } from "./routes";

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
export function insertAttempts(db: Database, transitions: Transition[]) {
  const statement = (rows: string) => sql`
    WITH ended AS (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination,
             value ->> 'attemptsBefore' AS attempts_before, value ->> '$.attempt.startedAt' AS started_at,
             value ->> '$.attempt.durationMs' AS duration_ms, value ->> '$.attempt.outcome' AS outcome,
             value ->> '$.attempt.statusCode' AS status_code, value ->> '$.attempt.detail' AS detail,
             value ->> '$.attempt.responseHeaders' AS response_headers,
             value ->> '$.attempt.responseBody' AS response_body
      FROM json_each(${rows})
    )
    INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code, detail,
                          response_headers, response_body)
    SELECT d.event_id, d.destination, d.attempt_count + 1, r.started_at, r.duration_ms, r.outcome, r.status_code,
           ${unlessWiped(sql`r.detail`)}, ${unlessWiped(sql`r.response_headers`)}, ${unlessWiped(sql`r.response_body`)}
    FROM ended r JOIN deliveries d ON d.event_id = r.event_id AND d.destination = r.destination
    WHERE NOT ${IS_KEPT}
    ON CONFLICT DO NOTHING`;
  return jsonParameters(transitions).map((rows) => run(db, statement(rows)));
}

/** What came back while the event was wiped is not kept either. */
function unlessWiped(answer: SQL): SQL {
  return sql`CASE WHEN ${IS_WIPED} THEN NULL ELSE ${answer} END`;
}

/** Whether an attempt (event_id, destination, attempts_before, started_at) is kept already. */
export function isKept(attempt: SQL): SQL {
  return sql`EXISTS (
      SELECT 1 FROM attempts a
      WHERE a.event_id = ${attempt}.event_id AND a.destination = ${attempt}.destination
        AND a.number > ${attempt}.attempts_before AND a.started_at = ${attempt}.started_at)`;
}

export const IS_KEPT = isKept(sql`r`);

/** A delivery as it stands after its attempt was recorded. */
export type RecordedRow = {
  eventId: string;
  destination: number;
  state: DeliveryState;
  nextAttemptAt: number | null;
};

/**
 * Moves the deliveries on. An attempt always counts; where the lease was lost meanwhile only a success still decides,
 * and nothing ever undoes one; and where it could not be kept, it counts all the same. What would be due again goes on its route: it is held where the circuit is open,
 * discarded where the destination was disabled or removed.
 */
export function applyTransitions(db: Database, transitions: Transition[], limits: OpenLimits, now: number) {
  const rows = transitions.map(({ attempt, ...row }) => ({ ...row, statusCode: attempt.statusCode }));
  const decides = sql`(d.state <> 'delivered' AND (c.state = 'delivered' OR d.lease IS c.lease))`;
  return all<RecordedRow>(
    db,
    sql`
    WITH ended AS (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'state' AS state, value ->> 'reason' AS reason, value ->> 'statusCode' AS status_code,
             value ->> 'nextAttemptAt' AS due_at, value ->> 'attemptsBefore' AS attempts_before
      FROM json_each(${JSON.stringify(rows)})
    ),
    routed AS (
      SELECT r.*, ${DISCARD_REASON} AS discard_reason,
             CASE r.state WHEN 'pending' THEN ${route(limits)} END AS route
      FROM ended r LEFT JOIN destinations x ON x.key = r.destination
    ),
    changed AS (
      SELECT event_id, destination, lease, status_code, attempts_before,
             CASE route WHEN 'discard' THEN 'discarded' ELSE state END AS state,
             CASE route WHEN 'discard' THEN discard_reason ELSE reason END AS reason,
             CASE route WHEN 'send' THEN due_at END AS next_attempt_at,
             CASE route WHEN 'hold' THEN due_at END AS not_before
      FROM routed
    )
    UPDATE deliveries AS d SET
      attempt_count    = max(d.attempt_count, c.attempts_before + 1, coalesce((
                          SELECT max(a.number) FROM attempts a
                          WHERE a.event_id = d.event_id AND a.destination = d.destination), 0)),
      last_status_code = c.status_code,
      updated_at       = ${now},
      state            = CASE WHEN ${decides} THEN c.state           ELSE d.state END,
      reason           = CASE WHEN ${decides} AND NOT ${IS_WIPED} THEN c.reason ELSE d.reason END,
      next_attempt_at  = CASE WHEN ${decides} THEN c.next_attempt_at ELSE d.next_attempt_at END,
      not_before       = CASE WHEN ${decides} THEN c.not_before      ELSE d.not_before END,
      lease            = CASE WHEN ${decides} THEN NULL              ELSE d.lease END,
      unrecorded       = CASE WHEN ${decides} THEN 0                 ELSE d.unrecorded END
    FROM changed c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
    RETURNING event_id AS eventId, destination, state, next_attempt_at AS nextAttemptAt`,
  );
}

/** Keeps how long these destinations usually take to answer. */
export function updateUsualDurations(db: Database, changed: { destination: number; usualDurationMs: number }[]) {
  return run(
    db,
    sql`
    UPDATE destinations AS x SET usual_duration_ms = j.value ->> 'usualDurationMs'
    FROM json_each(${JSON.stringify(changed)}) j
    WHERE x.key = j.value ->> 'destination' AND x.usual_duration_ms <> j.value ->> 'usualDurationMs'`,
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
