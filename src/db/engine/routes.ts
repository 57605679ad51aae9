/**
 * Where a delivery that is due goes, by the destination `x` of the statement: the one place that says it. The row of
 * `x` may be missing (a LEFT JOIN), once nothing is left of a destination.
 */
import { type SQL, sql } from "drizzle-orm";
import { PAUSE_REASONS } from "../../vocabulary/states";

/**
 * - `send`: the circuit is closed.
 * - `hold`: the circuit is open, and it waits for a probe to arrive; or the destination is paused, by a person, by the
 *   gateway or with its account, and it waits for a person to let that go on.
 * - `discard`: the destination was disabled by a person or by its 410, or removed, whatever its circuit.
 */
export function route(limits: OpenLimits) {
  return sql`CASE
      WHEN ${IS_DISCARDED} THEN 'discard'
      WHEN ${IS_PAUSED} OR ${isOpen(limits)} THEN 'hold'
      ELSE 'send'
    END`;
}

/** When a circuit opens, see deliveries/recording/circuit. */
export type OpenLimits = { probeAfterFailures: number; usualRuns: number };

/** Whether the circuit of destination `x` is open: `isCircuitOpen` in SQL. */
export function isOpen(limits: OpenLimits) {
  return opensAt(limits, sql`x.consecutive_failures`, sql`x.attempts_per_success`);
}

/** Whether a circuit with so many failures in a row is open. */
export function opensAt({ probeAfterFailures, usualRuns }: OpenLimits, failures: SQL, attemptsPerSuccess: SQL) {
  return sql`(${failures} >= max(${probeAfterFailures}, ${usualRuns} * ${attemptsPerSuccess}))`;
}

/** Whether the destination `x` is paused: nothing is sent to it, and what comes for it waits. */
export const IS_PAUSED = sql`(
      NOT x.enabled AND x.removed_at IS NULL
      AND coalesce(x.disabled_reason, '') IN (${sql.raw(PAUSE_REASONS.map((reason) => `'${reason}'`).join(", "))}))`;

/** Whether the route is `discard`. */
export const IS_DISCARDED = sql`(x.key IS NULL OR (NOT x.enabled AND NOT ${IS_PAUSED}))`;

/** The reason of what is discarded on that route. A removed destination is disabled as well. */
export const DISCARD_REASON = sql`CASE
      WHEN x.key IS NULL OR x.removed_at IS NOT NULL THEN 'destination_removed'
      ELSE 'destination_disabled'
    END`;

/** Whether the delivery `h` is held: it waits for its destination's `wake_at`, not for a time of its own. */
export const IS_HELD = sql`h.state = 'pending' AND h.next_attempt_at IS NULL`;

/** Whether the event of the delivery `d` is wiped, which the delivery says so that nobody has to read past a payload. */
export const IS_WIPED = sql`(d.reason IS 'event_wiped')`;

/**
 * The `not_before` of a held delivery that was never attempted, or that waits for a destination that is paused: those go
 * before all others, the oldest event first.
 */
export const NEVER_ATTEMPTED = 0;

/** The `not_before` of a delivery that was attempted and is held for `x` now: its own time, unless that is paused. */
export function heldUntil(time: SQL | number) {
  return sql`CASE WHEN ${IS_PAUSED} THEN ${NEVER_ATTEMPTED} ELSE ${time} END`;
}
