/** Statements on the health of destinations. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database } from "./database";

/** What attempts say of a destination, see deliveries/health. */
export type CircuitInput = {
  destination: number;
  succeeded: boolean;
  trailingFailures: number;
  firstFailureAt: number | null;
  gone: boolean;
  backlog: boolean;
};

export type CircuitLimits = {
  probeAfterFailures: number;
  /** Between probes it waits as long again as it has failed, within these. */
  probeWaitMs: { least: number; most: number };
  disableAfterFailures: number;
  disableAfterMs: number;
};

/** A destination's health. */
export type CircuitRow = {
  key: number;
  destinationId: string;
  accountId: string | null;
  enabled: number;
  disabledReason: string | null;
  consecutiveFailures: number;
  wakeAt: number | null;
};

/**
 * Counts failures, sets the next probe, disables what is gone or has failed for too long. A success of a healthy
 * destination, which is nearly all there is, writes nothing.
 */
export function updateCircuits(db: Database, reports: CircuitInput[], limits: CircuitLimits, now: number) {
  const failures = sql`CASE WHEN j.succeeded THEN j.failures ELSE x.consecutive_failures + j.failures END`;
  const since = sql`CASE WHEN ${failures} = 0 THEN NULL WHEN j.succeeded OR x.failing_since IS NULL THEN j.first_failure_at ELSE x.failing_since END`;
  const failedOut = sql`(${failures} >= ${limits.disableAfterFailures} AND ${now} - ${since} >= ${limits.disableAfterMs})`;
  const stops = sql`(x.enabled AND (j.gone OR ${failedOut}))`;
  const probeWait = sql`min(max(${now} - ${since}, ${limits.probeWaitMs.least}), ${limits.probeWaitMs.most})`;
  return all<CircuitRow>(
    db,
    sql`
    UPDATE destinations AS x SET
      consecutive_failures = ${failures},
      failing_since = ${since},
      wake_at = CASE
        WHEN ${stops} THEN ${now}
        WHEN ${failures} >= ${limits.probeAfterFailures} THEN CASE WHEN j.failures > 0 THEN ${now} + ${probeWait} WHEN j.backlog THEN ${now} ELSE x.wake_at END
        WHEN j.backlog OR x.consecutive_failures >= ${limits.probeAfterFailures} THEN ${now}
        ELSE x.wake_at END,
      enabled = CASE WHEN ${stops} THEN 0 ELSE x.enabled END,
      disabled_reason = CASE WHEN NOT ${stops} THEN x.disabled_reason WHEN j.gone THEN 'gone' ELSE 'failing' END,
      updated_at = CASE WHEN ${stops} THEN max(${now}, x.updated_at + 1) ELSE x.updated_at END
    FROM (
      SELECT value ->> 'destination' AS destination, value ->> 'succeeded' AS succeeded,
             value ->> 'trailingFailures' AS failures, value ->> 'firstFailureAt' AS first_failure_at,
             value ->> 'gone' AS gone, value ->> 'backlog' AS backlog
      FROM json_each(${JSON.stringify(reports)})
    ) j
    WHERE x.key = j.destination AND (j.failures > 0 OR j.backlog OR x.consecutive_failures > 0)
    RETURNING ${CIRCUIT_COLUMNS}`,
  );
}

/** How the destinations stand before that. */
export function selectCircuits(db: Database, reports: CircuitInput[]) {
  const keys = JSON.stringify(reports.map(({ destination }) => destination));
  return all<CircuitRow>(
    db,
    sql`SELECT ${CIRCUIT_COLUMNS} FROM destinations WHERE key IN (SELECT value FROM json_each(${keys}))`,
  );
}

const CIRCUIT_COLUMNS = sql`
  key, destination_id AS destinationId, enabled, disabled_reason AS disabledReason,
  consecutive_failures AS consecutiveFailures, wake_at AS wakeAt,
  (SELECT a.account_id FROM accounts a WHERE a.id = account) AS accountId`;

/** Destinations whose parked deliveries have their turn, the longest waiting first. */
export function selectDrainsDue(db: Database, now: number, limit: number) {
  return all<{ key: number; dueAt: number }>(
    db,
    sql`
    SELECT key, wake_at AS dueAt FROM destinations WHERE wake_at <= ${now} ORDER BY wake_at LIMIT ${limit}`,
  );
}

/** Whether the circuit of destination `x` is open, which is what "failing" means: `isCircuitOpen` in SQL. */
export function circuitOpen(probeAfter: number) {
  return sql`(x.failing_since IS NOT NULL AND x.consecutive_failures >= ${probeAfter})`;
}
