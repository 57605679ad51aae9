/**
 * A destination's circuit breaker. Closed, every delivery is attempted at once. After a few failures in a row it opens:
 * deliveries are held, and one at a time is sent as a probe (half-open). When a probe arrives it closes, and the held
 * deliveries are drained in chunks.
 */
import type { Attempt } from "../../attempts/attempt";
import { isAboutTheEvent, isAnswered } from "../../attempts/outcome";

/** From this many failures in a row on, a destination is probed instead of getting every event. */
export const PROBE_AFTER_FAILURES = 5;
/**
 * Except where runs of failures are usual: if one in n of its recent attempts arrived, the circuit opens only after this
 * many times n failures in a row. `isOpen` in db/engine/routes is the same rule in SQL.
 */
export const USUAL_RUNS = 2;
/** Its n counts no further, so that one long outage does not make every outage usual. */
export const MOST_ATTEMPTS_PER_SUCCESS = 100;

/** Both limits, as the SQL takes them. */
export const OPEN_LIMITS = { probeAfterFailures: PROBE_AFTER_FAILURES, usualRuns: USUAL_RUNS };

type Failing = { consecutiveFailures: number; attemptsPerSuccess: number };

/** Whether the circuit is open: the destination is failing, its deliveries are held and probed. */
export function isCircuitOpen({ consecutiveFailures, attemptsPerSuccess }: Failing): boolean {
  return consecutiveFailures >= Math.max(PROBE_AFTER_FAILURES, USUAL_RUNS * attemptsPerSuccess);
}

/**
 * The wait between probes is as long as the destination has been failing: a moment's failure costs moments, however many
 * deliveries met it. At most half a minute where it was an answer that failed, since the receiver is up, and at
 * most five minutes where there was none: an event that arrives meanwhile is attempted within ten.
 */
export const PROBE_WAIT_MS = { least: 5_000, mostAnswered: 30_000, most: 300_000 };
/** It is paused when it has failed this long without one success, and at least this often. */
export const PAUSE_AFTER_MS = 5 * 86_400_000;
export const PAUSE_AFTER_FAILURES = 10;
/** How many held deliveries one drain sends, once the circuit is closed again. */
export const DRAIN_CHUNK = 25;

/** What the attempts of one dispatch say of one destination. */
export type CircuitReport = {
  destination: number;
  /** Whether any attempt succeeded, and how many failed after the last that did. */
  succeeded: boolean;
  trailingFailures: number;
  /** How many failed before the first that succeeded, and the longest run of failures between two that did. */
  leadingFailures: number;
  innerFailures: number;
  /** Whether the last failure was an answer, see `isAnswered`. */
  answered: boolean;
  firstFailureAt: number | null;
  /** It answered 410 Gone, and nothing has arrived there after that: the later answer is the truth. */
  gone: boolean;
  /** Held deliveries were among them, so this report ends a drain and schedules the next. */
  wasHeld: boolean;
  /** Which attempts these are, so that a report is not counted twice. */
  attempts: { eventId: string; attemptsBefore: number; startedAt: number }[];
};

/** An attempt, and whether a person made it to see what happens. */
export type CircuitEvidence = {
  eventId: string;
  destination: number;
  attemptsBefore: number;
  wasHeld: boolean;
  isTest: boolean;
  attempt: Attempt;
};

/** One report a destination, from attempts in the order in which they ended. */
export function reportCircuits(ended: CircuitEvidence[]): CircuitReport[] {
  const reports = new Map<number, CircuitReport>();
  for (const { eventId, destination, attemptsBefore, wasHeld, isTest, attempt } of ended) {
    const report = reports.get(destination) ?? {
      destination,
      succeeded: false,
      trailingFailures: 0,
      leadingFailures: 0,
      innerFailures: 0,
      answered: false,
      firstFailureAt: null,
      gone: false,
      wasHeld: false,
      attempts: [],
    };
    reports.set(destination, report);
    report.attempts.push({ eventId, attemptsBefore, startedAt: attempt.startedAt });
    report.wasHeld ||= wasHeld;
    // What could not even be sent, or is refused for its own sake, says nothing of the destination; a test is not to
    // stop or start it.
    if (isTest || attempt.outcome === "unsendable" || isAboutTheEvent(attempt.statusCode)) continue;
    if (attempt.outcome === "success") {
      if (report.succeeded) report.innerFailures = Math.max(report.innerFailures, report.trailingFailures);
      else report.leadingFailures = report.trailingFailures;
      report.succeeded = true;
      report.gone = false;
      report.trailingFailures = 0;
      report.firstFailureAt = null;
    } else {
      report.trailingFailures++;
      report.answered = isAnswered(attempt.outcome, attempt.statusCode);
      report.firstFailureAt ??= attempt.startedAt;
      report.gone ||= attempt.statusCode === 410;
    }
  }
  return [...reports.values()];
}
