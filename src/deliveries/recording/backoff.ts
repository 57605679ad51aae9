/** Seconds from one attempt to the next: 11 attempts in about 3 days. */
export const DEFAULT_SCHEDULE_SECONDS = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

const JITTER = 0.2;

/**
 * How long to wait before the next attempt, in milliseconds; null when the schedule is used up.
 *
 * @param failures failed attempts of this run of the schedule, 1 after the first
 * @param retryAfterMs what the receiver asked for, which can lengthen the wait and never shortens it
 * @param random a number in [0, 1), for a jitter of ±20 %
 */
export function backoff(
  failures: number,
  schedule: readonly number[],
  retryAfterMs: number | null,
  random: number,
): number | null {
  const seconds = schedule[failures - 1];
  if (seconds === undefined) return null;
  const jittered = Math.round(seconds * 1000 * (1 + JITTER * (2 * random - 1)));
  return Math.max(jittered, retryAfterMs ?? 0);
}
