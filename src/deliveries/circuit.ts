/**
 * A destination's circuit breaker. Closed, every delivery is attempted at once. After a few failures in a row it opens:
 * deliveries are held, and one at a time is sent as a probe (half-open). When a probe arrives it closes, and the held
 * deliveries are drained in chunks.
 */
import type { Attempt } from "../attempts/attempt";

/** From this many failures in a row on, a destination is probed instead of getting every event. */
export const PROBE_AFTER_FAILURES = 5;

/** Whether the circuit is open: the destination is failing, its deliveries are held and probed. `db/circuits` has it in SQL. */
export function isCircuitOpen({ consecutiveFailures }: { consecutiveFailures: number }): boolean {
  return consecutiveFailures >= PROBE_AFTER_FAILURES;
}

/**
 * Between probes it waits as long again as the destination has failed so far: a moment's failure costs moments, however
 * many deliveries met it.
 */
export const PROBE_WAIT_MS = { least: 5_000, most: 1_800_000 };
/** It is disabled when it has failed this long without one success, and at least this often. */
export const DISABLE_AFTER_MS = 5 * 86_400_000;
export const DISABLE_AFTER_FAILURES = 10;
/** How many held deliveries one drain sends, once the circuit is closed again. */
export const DRAIN_CHUNK = 25;

/** What the attempts of one dispatch say of one destination. */
export type CircuitReport = {
  destination: number;
  /** Whether any attempt succeeded, and how many failed after the last that did. */
  succeeded: boolean;
  trailingFailures: number;
  firstFailureAt: number | null;
  /** It answered 410 Gone. */
  gone: boolean;
  /** Held deliveries were among them, so this report ends a drain and schedules the next. */
  backlog: boolean;
};

/** An attempt, and whether a person made it to see what happens. */
export type CircuitEvidence = { destination: number; backlog: boolean; isTest: boolean; attempt: Attempt };

/** One report a destination, from attempts in the order in which they ended. */
export function reportCircuits(ended: CircuitEvidence[]): CircuitReport[] {
  const reports = new Map<number, CircuitReport>();
  for (const { destination, backlog, isTest, attempt } of ended) {
    const report = reports.get(destination) ?? {
      destination,
      succeeded: false,
      trailingFailures: 0,
      firstFailureAt: null,
      gone: false,
      backlog: false,
    };
    reports.set(destination, report);
    report.backlog ||= backlog;
    // What could not even be sent says nothing of the destination, and a test is not to stop or start it.
    if (isTest || attempt.outcome === "unsendable") continue;
    if (attempt.outcome === "success") {
      report.succeeded = true;
      report.trailingFailures = 0;
      report.firstFailureAt = null;
    } else {
      report.trailingFailures++;
      report.firstFailureAt ??= attempt.startedAt;
      report.gone ||= attempt.statusCode === 410;
    }
  }
  return [...reports.values()];
}
