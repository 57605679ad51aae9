/**
 * What happened, counted in D1 so that it is the same here and there.
 *
 * Each attempt is counted with its record: a row for its destination and minute, in the same transaction. The cron adds
 * what only a look at the whole minute tells (events received, deliveries discarded on arrival, sums for each account and
 * for everything), and sums up hours. What it costs:
 *
 * - an event delivered at first attempt to N destinations: N rows written more, fewer where dispatches share a record
 * - a minute in which something happened: a row for each account in it, and one; each event of it is read four times
 * - an hour: a row for each destination and account in it, and one; nothing happened, nothing more
 * - a question: a seek for each minute or hour of its range, 1,440 at the most, whatever the traffic
 *
 * A test event's attempt is a person's own doing and is not counted. A delivery of a backlog that is discarded because its destination was stopped is in the list, and not counted.
 */
import type { Database } from "../db/database";

/** How far back people look. */
export const STATS_RANGES = ["1h", "24h", "7d", "30d"] as const;
export type StatsRange = (typeof STATS_RANGES)[number];

/** Of what; no field names everything. A destination is looked for in its account when both are given. */
export type StatsSubject = { accountId?: string | undefined; destinationId?: string | undefined };

/** The minutes are kept so long, and what is older is asked of the hours. */
export const KEEP_MINUTES_MS = 48 * 3_600_000;
/** By then the cron has been, and a minute that is over is counted. */
export const SETTLES_AFTER_MS = 15_000;

export type StatsContext = { db: Database; now: () => number };

/** `failed` counts failed attempts; the others events and deliveries. A destination's own statistics count no events. */
export type Counts = { events: number; delivered: number; failed: number; exhausted: number; discarded: number };

/** Times are milliseconds since 1970. */
export type Stats = {
  from: number;
  to: number;
  bucketSeconds: number;
  buckets: (Counts & { at: number })[];
  /** `successRate` of attempts, 0 to 1; null without one, as are the percentiles of their durations. */
  totals: Counts & { successRate: number | null; p50Ms: number | null; p95Ms: number | null; p99Ms: number | null };
};
