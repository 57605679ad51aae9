/** What several rounds say: the middle one, the lowest and the highest. */
export type Spread = { median: number; low: number; high: number };

/** Null is a figure that was not measured. */
export type Figure = number | null;

/** The number below which that share of them lies; null of none. */
export function percentile(numbers: ArrayLike<number>, share: number): Figure {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

/** @returns null where nothing was measured */
export function spread(figures: Figure[]): Spread | null {
  const sorted = figures.filter((figure) => figure !== null).sort((a, b) => a - b);
  const [low, high] = [sorted.at(0), sorted.at(-1)];
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined || below === undefined || above === undefined) return null;
  return { median: (below + above) / 2, low, high };
}

/** Of the ratio of each round's figure to the floor's of the same round, which all else on the machine met alike. */
export function spreadOfRatios(figures: Figure[], floors: Figure[]): Spread | null {
  return spread(
    figures.map((figure, round) => {
      const floor = floors[round] ?? null;
      return figure === null || floor === null || floor === 0 ? null : figure / floor;
    }),
  );
}
