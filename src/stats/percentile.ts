/**
 * A percentile of a histogram, in milliseconds, interpolated linearly within its bucket; null for an empty one. Pure.
 *
 * @param counts how many are in each bucket
 * @param bounds the upper ends of the buckets
 */
export function percentile(counts: readonly number[], bounds: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  for (const [i, count] of counts.entries()) {
    const [lower, upper] = [bounds[i - 1] ?? 0, bounds[i] ?? 0];
    if (count > 0 && below + count >= wanted) return Math.round(lower + ((wanted - below) / count) * (upper - lower));
    below += count;
  }
  return bounds.at(-1) ?? null;
}
