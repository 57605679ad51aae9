import { DURATION_BOUNDS_MS, type StatsRow, selectStats, selectStatsSubject } from "../db/stats/stats-rows";
import { transaction } from "../db/transaction";
import { percentile } from "./percentile";
import {
  type Counts,
  KEEP_MINUTES_MS,
  SETTLES_AFTER_MS,
  type Stats,
  type StatsContext,
  type StatsRange,
  type StatsSubject,
} from "./stats";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const RANGES: Record<StatsRange, { buckets: number; bucketMs: number }> = {
  "1h": { buckets: 60, bucketMs: MINUTE_MS },
  "24h": { buckets: 48, bucketMs: 30 * MINUTE_MS },
  "7d": { buckets: 84, bucketMs: 2 * HOUR_MS },
  "30d": { buckets: 30, bucketMs: 24 * HOUR_MS },
};

/**
 * Statistics of the range, up to the last full minute; null when there is no such account or destination. Buckets are
 * aligned to UTC, so the last one is still filling.
 */
export async function readStats(
  context: StatsContext,
  range: StatsRange,
  subject: StatsSubject,
): Promise<Stats | null> {
  const { buckets: count, bucketMs } = RANGES[range];
  const to = floor(context.now() - SETTLES_AFTER_MS, MINUTE_MS);
  const from = floor(to - 1, bucketMs) - (count - 1) * bucketMs;
  const minutesFrom = floor(to - KEEP_MINUTES_MS, HOUR_MS);
  const { found, rows } = await transaction(context.db, {
    found: selectStatsSubject(context.db, subject),
    rows: selectStats(context.db, subject, { from, to, bucketMs, hourly: bucketMs >= HOUR_MS, minutesFrom }),
  });
  if (found[0]?.subject === null) return null;
  const byTime = new Map(rows.map((row) => [row.at, row]));
  const buckets = Array.from({ length: count }, (_, i) => {
    const at = from + i * bucketMs;
    return { at, ...countsOf([byTime.get(at)].flatMap((row) => row ?? [])) };
  });
  return { from, to, bucketSeconds: bucketMs / 1000, buckets, totals: totalsOf(rows) };
}

function totalsOf(rows: StatsRow[]): Stats["totals"] {
  const counts = countsOf(rows);
  const histograms = rows.map(({ durations }): number[] => JSON.parse(durations));
  const durations = DURATION_BOUNDS_MS.map((_, i) =>
    histograms.reduce((sum, histogram) => sum + (histogram[i] ?? 0), 0),
  );
  const attempts = durations.reduce((sum, count) => sum + count, 0);
  return {
    ...counts,
    successRate: attempts === 0 ? null : (attempts - counts.failed) / attempts,
    p50Ms: percentile(durations, DURATION_BOUNDS_MS, 0.5),
    p95Ms: percentile(durations, DURATION_BOUNDS_MS, 0.95),
    p99Ms: percentile(durations, DURATION_BOUNDS_MS, 0.99),
  };
}

function countsOf(rows: StatsRow[]): Counts {
  const sum = (name: keyof Counts) => rows.reduce((total, row) => total + row[name], 0);
  return {
    events: sum("events"),
    delivered: sum("delivered"),
    failed: sum("failed"),
    exhausted: sum("exhausted"),
    discarded: sum("discarded"),
    filtered: sum("filtered"),
  };
}

function floor(time: number, stepMs: number): number {
  return time - (time % stepMs);
}
