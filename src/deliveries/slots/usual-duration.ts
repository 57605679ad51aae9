/**
 * How long a destination usually takes to answer, in coarse steps: its row is written only when it comes to another one,
 * and that of a destination which is always fast never.
 */

/** An answer that takes longer is slow: it holds a slot that could serve many. */
export const SLOW_MS = 1_000;
/** What is usual of answers that take up to so long; 0 is not slow. */
const STEPS = [
  { upToMs: SLOW_MS, usualMs: 0 },
  { upToMs: 5_000, usualMs: 5_000 },
  { upToMs: 15_000, usualMs: 15_000 },
  { upToMs: Number.POSITIVE_INFINITY, usualMs: 30_000 },
];
/** Back to a lower step only when answers are so much below its end: one close to it would be written again and again. */
const MARGIN = 2;

/** An attempt of a destination whose usual duration was known to be `usualDurationMs` when it began. */
export type Timed = { destination: number; usualDurationMs: number; durationMs: number };

export type UsualDuration = { destination: number; usualDurationMs: number };

/** What is usual now of those destinations where that has changed, by the median of these attempts. */
export function changedUsualDurations(timed: Timed[]): UsualDuration[] {
  return [...Map.groupBy(timed, ({ destination }) => destination)].flatMap(([destination, ofOne]) => {
    const before = ofOne.at(-1)?.usualDurationMs ?? 0;
    const usualDurationMs = usualAfter(
      before,
      ofOne.map(({ durationMs }) => durationMs),
    );
    return usualDurationMs === before ? [] : [{ destination, usualDurationMs }];
  });
}

function usualAfter(before: number, durationsMs: number[]): number {
  const median = durationsMs.toSorted((a, b) => a - b)[Math.floor(durationsMs.length / 2)] ?? 0;
  return Math.max(stepOf(median), Math.min(before, stepOf(MARGIN * median)));
}

function stepOf(durationMs: number): number {
  return STEPS.find(({ upToMs }) => durationMs <= upToMs)?.usualMs ?? 0;
}
