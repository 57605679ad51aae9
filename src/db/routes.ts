/**
 * Where a delivery that is due goes, by the destination `x` of the statement: the one place that says it. The row of
 * `x` may be missing (a LEFT JOIN), once nothing is left of a destination.
 */
import { sql } from "drizzle-orm";

/**
 * - `send`: the circuit is closed.
 * - `hold`: the circuit is open, with `probeAfter` failures in a row; it waits for a probe to arrive.
 * - `discard`: the destination is disabled or removed, whatever its circuit.
 */
export function route(probeAfter: number) {
  return sql`CASE
      WHEN ${IS_DISCARDED} THEN 'discard'
      WHEN x.consecutive_failures >= ${probeAfter} THEN 'hold'
      ELSE 'send'
    END`;
}

/** Whether that is `discard`. */
export const IS_DISCARDED = sql`(x.key IS NULL OR NOT x.enabled)`;

/** The reason of what is discarded on that route. A removed destination is disabled as well. */
export const DISCARD_REASON = sql`CASE
      WHEN x.key IS NULL OR x.removed_at IS NOT NULL THEN 'destination_removed'
      ELSE 'destination_disabled'
    END`;

/** Whether the delivery `h` is held: it waits for its destination's `wake_at`, not for a time of its own. */
export const IS_HELD = sql`h.state = 'pending' AND h.next_attempt_at IS NULL`;
