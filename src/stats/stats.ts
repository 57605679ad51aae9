/**
 * What happened, counted in D1, so that every page and answer agrees.
 *
 * Each attempt is counted in the transaction that records it, in a row for its destination and minute, and so is what is
 * discarded, by a trigger, whatever discards it. The cron adds what can only be counted once a minute is over (events
 * received, deliveries discarded on arrival, sums for each account and for everything), and sums minutes up into hours.
 * The cost:
 *
 * - an event delivered at the first attempt to N destinations: N more rows written, fewer where dispatches share a record
 * - a minute in which something happened: a row for each account, and one more; each of its events is read four times
 * - an hour in which something happened: a row for each destination and account, and one more
 * - a query: a seek for each minute or hour of its range, at most 1,440, whatever the traffic
 *
 * What happened is counted when it happens, and stays counted when it is sent again, or its account removed. A delivery
 * that arrives twice is delivered once. One that was given up and recovered is exhausted then, and delivered later.
 * Of a test event only the event is counted.
 */
import type { Database } from "../db/database";

/** The ranges that can be asked for. */
export const STATS_RANGES = ["1h", "24h", "7d", "30d"] as const;
export type StatsRange = (typeof STATS_RANGES)[number];

/** Whose statistics; without a field, everything. With both, the destination must belong to the account. */
export type StatsSubject = { accountId?: string | undefined; destinationId?: string | undefined };

/** How long minutes are kept; older statistics come from the hours. */
export const KEEP_MINUTES_MS = 48 * 3_600_000;
/** How long after its end a minute is counted: the cron has run by then. */
export const SETTLES_AFTER_MS = 15_000;

export type StatsContext = { db: Database; now: () => number };

/** `failed` counts failed attempts; the others events and deliveries. A destination's own statistics count no events. */
export type Counts = Record<"events" | "delivered" | "failed" | "exhausted" | "discarded" | "filtered", number>;

/** Times are milliseconds since 1970. */
export type Stats = {
  from: number;
  to: number;
  bucketSeconds: number;
  buckets: (Counts & { at: number })[];
  /** `successRate` of attempts, 0 to 1; null without one, as are the percentiles of their durations. */
  totals: Counts & { successRate: number | null; p50Ms: number | null; p95Ms: number | null; p99Ms: number | null };
};
