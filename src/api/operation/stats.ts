import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { readStats } from "../../stats/read-stats";
import { type Counts, STATS_RANGES, type Stats } from "../../stats/stats";
import type { Api, Handler } from "../context";
import { jsonAnswer, OPERATOR } from "../openapi";
import { TimestampSchema, time } from "../paging";
import { COMMON_PROBLEMS, notFound, problemAnswer } from "../problem";

const CountsSchema = z.object({
  events: z.int().openapi({ description: "Accepted events; 0 for a destination, which only has deliveries" }),
  delivered: z.int().openapi({ description: "Deliveries that arrived, each once, however often it is sent again" }),
  failed: z.int().openapi({ description: "Failed attempts" }),
  exhausted: z.int().openapi({ description: "Deliveries whose retries were used up" }),
  discarded: z.int().openapi({
    description: "Deliveries given up for good: by an answer, or because their destination was disabled or removed",
  }),
  filtered: z.int().openapi({ description: "Deliveries not made, since their destination did not ask for the event" }),
});

const MsSchema = z.int().nullable();

export const StatsSchema = z
  .object({
    from: TimestampSchema,
    to: TimestampSchema.openapi({ description: "The end of the last minute that is counted" }),
    bucket_seconds: z.int(),
    buckets: z.array(CountsSchema.extend({ at: TimestampSchema.openapi({ description: "When it begins" }) })),
    totals: CountsSchema.extend({
      success_rate: z.number().nullable().openapi({ description: "Of attempts, 0 to 1; null without any" }),
      p50_ms: MsSchema.openapi({ description: "Median duration of an attempt, to the width of a bucket" }),
      p95_ms: MsSchema,
      p99_ms: MsSchema,
    }),
  })
  .openapi("Stats");

export function statsRoutes(api: Api): void {
  api.openapi(getStatsRoute, getStats);
}

const getStatsRoute = createRoute({
  method: "get",
  path: "/stats",
  operationId: "readStats",
  tags: ["Operation"],
  security: OPERATOR,
  summary: "Read what happened over time: of everything, an account or a destination",
  description:
    "Buckets are aligned to UTC: minutes for the last hour, half hours for the last day, two hours for the last week, days for the last month.",
  request: {
    query: z.object({
      range: z.enum(STATS_RANGES).default("24h"),
      account_id: z.string().trim().optional().openapi({ example: "acme" }),
      destination_id: z.string().trim().optional(),
    }),
  },
  responses: {
    200: jsonAnswer("The statistics", StatsSchema),
    ...COMMON_PROBLEMS,
    404: problemAnswer("No such account or destination"),
  },
});

const getStats: Handler<typeof getStatsRoute> = async (c) => {
  const { range, account_id, destination_id } = c.req.valid("query");
  const stats = await readStats(c.get("gateway"), range, { accountId: account_id, destinationId: destination_id });
  return stats
    ? c.json(statsRecord(stats), 200)
    : notFound(c, destination_id === undefined ? "account" : "destination");
};

function statsRecord({ from, to, bucketSeconds, buckets, totals }: Stats): z.output<typeof StatsSchema> {
  return {
    from: time(from),
    to: time(to),
    bucket_seconds: bucketSeconds,
    buckets: buckets.map(({ at, ...counts }) => ({ at: time(at), ...countsRecord(counts) })),
    totals: {
      ...countsRecord(totals),
      success_rate: totals.successRate,
      p50_ms: totals.p50Ms,
      p95_ms: totals.p95Ms,
      p99_ms: totals.p99Ms,
    },
  };
}

function countsRecord({ events, delivered, failed, exhausted, discarded, filtered }: Counts): Counts {
  return { events, delivered, failed, exhausted, discarded, filtered };
}
