/** Statements that write down what attempts did. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { DeliveryReason, DeliveryState } from "../../vocabulary/states";
import { all, type Database, jsonParameters, run } from "../database";
import type { DeliveryKey } from "../deliveries";
import type { AttemptFields } from "./attempts";
import { standing } from "./flights";
import { DISCARD_REASON, heldUntil, IS_WIPED, type OpenLimits, route } from "./routes";

/** What an attempt did to its delivery. */
export type Transition = {
  eventId: string;
  destination: number;
  lease: string;
  /** The delivery's `attempt_count` when it was leased. */
  attemptsBefore: number;
  /** Of a test event. */
  isTest: boolean;
  state: DeliveryState;
  reason: DeliveryReason | null;
  nextAttemptAt: number | null;
  attempt: AttemptFields;
};

/**
 * Keeps the attempts after a delivery's first, numbered on from what it has. One that is kept already stays one: a
 * record whose answer was lost is written again. The first is kept with its delivery, see `recordTransitions`.
 */
export function insertAttempts(db: Database, transitions: Transition[]) {
  const statement = (rows: string) => sql`
    WITH ${ended(rows)}
    INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code, detail,
                          response_headers, response_body)
    SELECT d.event_id, d.destination, d.attempt_count + 1, r.started_at, r.duration_ms, r.outcome, r.status_code,
           ${unlessWiped(sql`r.detail`)}, ${unlessWiped(sql`r.response_headers`)}, ${unlessWiped(sql`r.response_body`)}
    FROM ended r JOIN deliveries d ON d.event_id = r.event_id AND d.destination = r.destination
    WHERE d.attempt_count > 0 AND NOT ${IS_KEPT}
    ON CONFLICT DO NOTHING`;
  return jsonParameters(transitions).map((rows) => run(db, statement(rows)));
}

/** The step `ended`: what attempts did, a row each. */
function ended(rows: string): SQL {
  return sql`ended AS MATERIALIZED (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'isTest' AS is_test, value ->> 'state' AS state, value ->> 'reason' AS reason,
             value ->> 'nextAttemptAt' AS due_at, value ->> 'attemptsBefore' AS attempts_before,
             value ->> '$.attempt.startedAt' AS started_at, value ->> '$.attempt.durationMs' AS duration_ms,
             value ->> '$.attempt.outcome' AS outcome, value ->> '$.attempt.statusCode' AS status_code,
             value ->> '$.attempt.detail' AS detail, value ->> '$.attempt.responseHeaders' AS response_headers,
             value ->> '$.attempt.responseBody' AS response_body
      FROM json_each(${rows})
    )`;
}

/** What came back while the event was wiped is not kept either. */
function unlessWiped(answer: SQL): SQL {
  return sql`CASE WHEN ${IS_WIPED} THEN NULL ELSE ${answer} END`;
}

/** Whether an attempt (event_id, destination, attempts_before, started_at) is kept already. */
export function isKept(attempt: SQL): SQL {
  return sql`EXISTS (
      SELECT 1 FROM all_attempts a
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

/** The columns that keep an attempt; in the row of a delivery, which has its first, they are called `first_…`. */
const ATTEMPT = [
  "started_at",
  "duration_ms",
  "outcome",
  "status_code",
  "detail",
  "response_headers",
  "response_body",
] as const;

/**
 * Moves the deliveries on, and writes those that were on their first way. An attempt always counts; where the lease was
 * lost meanwhile only a success still decides, and nothing ever undoes one; and where it could not be kept, it counts all
 * the same. What would be due again goes on its route: it is held where the circuit is open, discarded where the
 * destination was disabled or removed.
 *
 * @param keep whether a first attempt is kept; where the database would not take one, it is only counted
 */
export function recordTransitions(
  db: Database,
  transitions: Transition[],
  { keep }: { keep: boolean },
  limits: OpenLimits,
  now: number,
) {
  const decides = sql`(d.state <> 'delivered' AND (r.state = 'delivered' OR d.lease IS r.lease))`;
  const isFirst = keep ? sql`(d.attempt_count = 0 AND d.first_outcome IS NULL)` : sql`0`;
  const first = ATTEMPT.map((column) => sql.raw(`CASE WHEN is_first THEN r_${column} ELSE first_${column} END`));
  const statement = (rows: string) => sql`
    WITH ${ended(rows)},
    ${standing(sql`ended`)},
    routed AS (
      SELECT r.*, ${DISCARD_REASON} AS discard_reason,
             CASE r.state WHEN 'pending' THEN ${route(limits)} END AS route, ${heldUntil(sql`r.due_at`)} AS held_until
      FROM ended r LEFT JOIN destinations x ON x.key = r.destination
    ),
    moved AS (
      SELECT d.*, ${decides} AS decides, ${isFirst} AS is_first, r.attempts_before, r.is_test AS r_is_test,
             r.started_at AS r_started_at, r.duration_ms AS r_duration_ms, r.outcome AS r_outcome,
             r.status_code AS r_status_code, ${unlessWiped(sql`r.detail`)} AS r_detail,
             ${unlessWiped(sql`r.response_headers`)} AS r_response_headers,
             ${unlessWiped(sql`r.response_body`)} AS r_response_body,
             CASE route WHEN 'discard' THEN 'discarded' ELSE r.state END AS to_state,
             CASE route WHEN 'discard' THEN discard_reason ELSE r.reason END AS to_reason,
             CASE route WHEN 'send' THEN r.due_at END AS to_next_attempt_at,
             CASE route WHEN 'hold' THEN r.held_until END AS to_not_before
      FROM routed r JOIN standing d ON d.event_id = r.event_id AND d.destination = r.destination
    )
    INSERT INTO deliveries (event_id, destination, state, reason, attempt_count, schedule_start, next_attempt_at, not_before,
                            lease, last_status_code, unrecorded, created_at, updated_at, is_test, ${FIRST_COLUMNS})
    SELECT event_id, destination,
           CASE WHEN decides THEN to_state ELSE state END,
           CASE WHEN decides AND reason IS NOT 'event_wiped' THEN to_reason ELSE reason END,
           max(attempt_count, attempts_before + 1, coalesce((
             SELECT max(a.number) FROM attempts a
             WHERE a.event_id = m.event_id AND a.destination = m.destination), 0)),
           schedule_start,
           CASE WHEN decides THEN to_next_attempt_at ELSE next_attempt_at END,
           CASE WHEN decides THEN to_not_before ELSE not_before END,
           CASE WHEN decides THEN NULL ELSE lease END,
           r_status_code,
           CASE WHEN decides THEN 0 ELSE unrecorded END,
           created_at, ${now}, r_is_test, ${sql.join(first, sql`, `)}
    FROM moved m WHERE true
    ON CONFLICT (event_id, destination) DO UPDATE SET
      ${sql.raw(MOVES.map((column) => `${column} = excluded.${column}`).join(", "))}
    RETURNING event_id AS eventId, destination, state, next_attempt_at AS nextAttemptAt`;
  const kept = keep ? transitions : transitions.map(withoutAnswer);
  return jsonParameters(kept).map((rows) => all<RecordedRow>(db, statement(rows)));
}

/** The columns of a delivery that keep its first attempt, in the order of `AttemptFields`. */
export const FIRST_COLUMNS = sql.raw(ATTEMPT.map((column) => `first_${column}`).join(", "));
/** What an attempt changes of a delivery that has its row. */
const MOVES = [
  "state",
  "reason",
  "attempt_count",
  "next_attempt_at",
  "not_before",
  "lease",
  "last_status_code",
  "unrecorded",
  "updated_at",
  "is_test",
  ...ATTEMPT.map((column) => `first_${column}`),
];

function withoutAnswer({ attempt, ...transition }: Transition): Transition {
  return { ...transition, attempt: { ...attempt, detail: null, responseHeaders: null, responseBody: null } };
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
    WITH released AS (
      SELECT value ->> 'eventId' AS event_id, value ->> 'destination' AS destination, value ->> 'lease' AS lease,
             value ->> 'dueAt' AS due_at
      FROM json_each(${JSON.stringify(released)})
    ),
    ${standing(sql`released`)}
    INSERT INTO deliveries (event_id, destination, state, next_attempt_at, created_at, updated_at)
    SELECT d.event_id, d.destination, d.state, r.due_at, d.created_at, d.updated_at
    FROM released r JOIN standing d ON d.event_id = r.event_id AND d.destination = r.destination
    WHERE d.state = 'pending' AND d.lease = r.lease
    ON CONFLICT (event_id, destination) DO UPDATE SET next_attempt_at = excluded.next_attempt_at, lease = NULL`,
  );
}
