/** Statements on the circuits of destinations. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, literal } from "../database";
import { isKept } from "./records";
import { isOpen, type OpenLimits, opensAt } from "./routes";

/** What attempts say of a destination, see deliveries/recording/circuit. */
export type CircuitInput = {
  destination: number;
  succeeded: boolean;
  trailingFailures: number;
  leadingFailures: number;
  innerFailures: number;
  answered: boolean;
  firstFailureAt: number | null;
  gone: boolean;
  /** Held deliveries were among them. */
  wasHeld: boolean;
  /** Those attempts. A report of which all are kept was written before, and its answer lost: it is not counted again. */
  attempts: { eventId: string; attemptsBefore: number; startedAt: number }[];
};

export type CircuitLimits = OpenLimits & {
  mostAttemptsPerSuccess: number;
  /** Between probes it waits as long again as it has failed, within these. */
  probeWaitMs: { least: number; mostAnswered: number; most: number };
  pauseAfterFailures: number;
  pauseAfterMs: number;
};

/** A destination whose circuit was moved, and when its next drain is due. */
export type CircuitRow = { key: number; wakeAt: number | null };

/**
 * Moves the circuits on: counts failures and how many attempts a success takes, sets the next probe or drain, disables
 * what is gone, pauses what has failed for too long. A success where the circuit is closed and nothing failed, which is nearly all there is, writes nothing.
 */
export function updateCircuits(db: Database, reports: CircuitInput[], limits: CircuitLimits, now: number) {
  return all<CircuitRow>(
    db,
    sql`
    WITH ${decidedCircuits(reports, limits, now)}
    UPDATE destinations AS x SET
      consecutive_failures = c.failures,
      attempts_per_success = c.attempts_per_success,
      failing_since        = c.since,
      enabled              = CASE WHEN c.disabled_reason IS NULL THEN x.enabled ELSE 0 END,
      disabled_reason      = coalesce(c.disabled_reason, x.disabled_reason),
      paused_at            = CASE c.disabled_reason WHEN 'failing' THEN ${now} ELSE x.paused_at END,
      updated_at           = CASE
        WHEN c.disabled_reason IS NULL THEN x.updated_at
        ELSE max(${now}, x.updated_at + 1) -- a version on, whatever the clock: who read it before may not overwrite it
      END,
      wake_at              = CASE
        WHEN c.disabled_reason = 'failing'    THEN NULL   -- what is held waits for a person
        WHEN c.disabled_reason = 'gone'       THEN ${now} -- to discard what is held
        WHEN c.is_open AND c.new_failures > 0 THEN ${now} + c.probe_wait
        WHEN c.was_held                      THEN ${now} -- on with the next chunk, or another probe
        WHEN c.was_open AND NOT c.is_open     THEN ${now} -- what was held goes out
        ELSE x.wake_at
      END
    FROM decided c
    WHERE x.key = c.destination
    RETURNING key, wake_at AS wakeAt`,
  );
}

/**
 * The steps of a statement up to `decided`, which says of each destination whose circuit these reports move how it stands
 * then (`failures`, `since`, `is_open`, `disabled_reason`) and stood before (`failures_before`, `was_open`). To be asked
 * before the circuits are moved.
 */
export function decidedCircuits(reports: CircuitInput[], limits: CircuitLimits, now: number): SQL {
  const { probeWaitMs, pauseAfterFailures, pauseAfterMs } = limits;
  return sql`
    reported AS (
      SELECT value ->> 'destination' AS destination, value ->> 'succeeded' AS succeeded,
             value ->> 'trailingFailures' AS new_failures, value ->> 'leadingFailures' AS leading_failures,
             value ->> 'innerFailures' AS inner_failures, value ->> 'answered' AS answered,
             value ->> 'firstFailureAt' AS first_failure_at, value ->> 'gone' AS gone, value ->> 'wasHeld' AS was_held,
             value -> 'attempts' AS attempts
      FROM json_each(${JSON.stringify(reports)})
    ),
    counted AS (
      SELECT r.*, x.account, x.enabled, x.failing_since, x.consecutive_failures AS failures_before,
             ${isOpen(limits)} AS was_open,
             CASE WHEN r.succeeded THEN 0 ELSE x.consecutive_failures END + r.new_failures AS failures,
             -- a run of failures that a success ended is known at once, and forgotten by a quarter with each success
             CASE WHEN r.succeeded THEN min(${limits.mostAttemptsPerSuccess}, max(
               x.consecutive_failures + r.leading_failures + 1, r.inner_failures + 1,
               (3 * x.attempts_per_success + 1) / 4)) ELSE x.attempts_per_success END AS attempts_per_success
      FROM reported r JOIN destinations x ON x.key = r.destination
      WHERE (r.new_failures > 0 OR r.was_held OR x.consecutive_failures > 0
         OR r.leading_failures > 0 OR r.inner_failures > 0 OR (r.succeeded AND x.attempts_per_success > 1))
        AND EXISTS (
          SELECT 1 FROM (
            SELECT value ->> 'eventId' AS event_id, r.destination AS destination,
                   value ->> 'attemptsBefore' AS attempts_before, value ->> 'startedAt' AS started_at
            FROM json_each(r.attempts)
          ) t WHERE NOT ${isKept(sql`t`)})
    ),
    dated AS (
      SELECT c.*, ${opensAt(limits, sql`c.failures`, sql`c.attempts_per_success`)} AS is_open,
             CASE
               WHEN c.failures = 0 THEN NULL
               WHEN c.succeeded OR c.failing_since IS NULL THEN c.first_failure_at
               ELSE min(c.failing_since, ${now}) -- a clock may have been ahead
             END AS since
      FROM counted c
    ),
    decided AS (
      SELECT c.*,
             min(max(${now} - c.since, ${probeWaitMs.least}),
                 CASE WHEN c.answered THEN ${probeWaitMs.mostAnswered} ELSE ${probeWaitMs.most} END) AS probe_wait,
             CASE
               WHEN NOT c.enabled THEN NULL
               WHEN c.gone THEN 'gone'
               WHEN c.failures >= ${pauseAfterFailures} AND ${now} - c.since >= ${pauseAfterMs} THEN 'failing'
             END AS disabled_reason
      FROM dated c
    )`;
}

/** Destinations whose drain or probe is due, the longest waiting first. */
export function selectDrainsDue(db: Database, now: number, limit: number) {
  return all<{ key: number; dueAt: number }>(
    db,
    sql`
    SELECT key, wake_at AS dueAt FROM destinations WHERE wake_at <= ${now} ORDER BY wake_at LIMIT ${literal(limit)}`,
  );
}

/** Whether the circuit of destination `x` is open, found by the index on what fails. */
export function circuitOpen(limits: OpenLimits) {
  return sql`(x.failing_since IS NOT NULL AND ${isOpen(limits)})`;
}
