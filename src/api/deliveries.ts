import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod/v4";
import type { MaskedRequest } from "../attempts/request";
import { dispatch } from "../deliveries/dispatch";
import {
  ATTEMPTS_OF_A_PAGE,
  type Delivery,
  type DeliveryWithAttempts,
  findDelivery,
  listDeliveries,
} from "../deliveries/read-deliveries";
import { redeliver } from "../deliveries/redeliver";
import { NO_ACCOUNT, narrowed } from "../vocabulary/account-scope";
import { HTTP_METHODS } from "../vocabulary/http-method";
import { parseDeliveryId } from "../vocabulary/ids";
import { ATTEMPT_OUTCOMES, DELIVERY_REASONS, DELIVERY_STATES } from "../vocabulary/states";
import { type Api, type AppEnv, acting, type Handler, scopeOf } from "./context";
import { jsonAnswer, OPERATOR } from "./openapi";
import { DeliveryPageSchema, searchSchema, TimeSchema, TimestampSchema, time } from "./paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "./problem";

const TAGS = ["Deliveries"];
const STATUS_RANGE = "Give a status code, from 0 to 999.";

const DeliveryParamSchema = z.object({
  delivery_id: z
    .string()
    .openapi({ param: { name: "delivery_id", in: "path" }, example: "dlv_01JDQ8XK3V007M9T2B4C6D8F0GHJ5ZC1M8P4" }),
});

export const DeliverySchema = z
  .object({
    delivery_id: z.string().openapi({ example: "dlv_01JDQ8XK3V007M9T2B4C6D8F0GHJ5ZC1M8P4" }),
    event_id: z.string(),
    account_id: z.string().trim(),
    destination_id: z.string().trim().nullable(),
    state: z.enum(DELIVERY_STATES),
    reason: z.enum(DELIVERY_REASONS).nullable().openapi({ description: "Why it ended without arriving" }),
    explanation: z.string().nullable().openapi({
      description: "Of what was filtered out: the first condition that did not hold, and what was found",
      example: "order.total is 99.5, not 100 or greater (order.total.$gte).",
    }),
    filter_revision: z.int().nullable().openapi({ description: "By which revision of the destination's filter" }),
    event_type: z.string().nullable(),
    attempt_count: z.int(),
    last_status_code: z.int().nullable(),
    next_attempt_at: TimestampSchema.nullable(),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  })
  .openapi("Delivery");

const AttemptSchema = z
  .object({
    number: z.int(),
    started_at: TimestampSchema,
    duration_ms: z.int(),
    outcome: z.enum(ATTEMPT_OUTCOMES).openapi({
      description:
        "`success` is a 2xx answer, `http_error` any other of the receiver's; the rest are failures before one",
    }),
    status_code: z.int().nullable(),
    detail: z.string().nullable().openapi({ description: "More about what happened, for people" }),
    response_headers: z.record(z.string(), z.string()).nullable(),
    response_body: z.string().nullable().openapi({ description: "The first 8 KB of the answer" }),
  })
  .openapi("Attempt");

export const DeliveryWithAttemptsSchema = DeliverySchema.extend({
  attempts: z
    .array(AttemptSchema)
    .openapi({ description: `The latest ${ATTEMPTS_OF_A_PAGE}, or the latest before the cursor; the first one first` }),
  attempts_next_cursor: z
    .string()
    .nullable()
    .openapi({ description: "Where the page of those before them begins; null when these are the first" }),
}).openapi("DeliveryWithAttempts");

/** One HTTP request as it was sent; sensitive header values are masked. */
export const RequestSchema = z
  .object({
    method: z.enum(HTTP_METHODS),
    url: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])).openapi({ description: "Names and values, one line each" }),
    body: z.string().nullable(),
  })
  .openapi("Request");

export function requestRecord({ method, url, headers, body }: MaskedRequest): z.output<typeof RequestSchema> {
  return { method, url, headers, body };
}

export function deliveryRoutes(api: Api): void {
  api.openapi(getDeliveriesRoute, getDeliveries);
  api.openapi(getDeliveryRoute, getDelivery);
  api.openapi(postDeliveryRedeliveryRoute, postDeliveryRedelivery);
}

const getDeliveriesRoute = createRoute({
  method: "get",
  path: "/deliveries",
  operationId: "listDeliveries",
  tags: TAGS,
  security: OPERATOR,
  summary: "List deliveries, newest event first",
  description:
    "A page looks through 1,000 deliveries, so that a filtered one can be short, even empty, while `next_cursor` still leads on.",
  request: {
    query: DeliveryPageSchema.extend({
      account_id: z.string().trim().optional().openapi({ example: "acme" }),
      destination_id: z.string().trim().optional(),
      state: z.enum(DELIVERY_STATES).optional(),
      reason: z.enum(DELIVERY_REASONS).optional().openapi({ description: "Why it ended without arriving" }),
      status_code: z.coerce
        .number(STATUS_RANGE)
        .int(STATUS_RANGE)
        .min(0, STATUS_RANGE)
        .max(999, STATUS_RANGE)
        .optional()
        .openapi({
          description: "Of the last attempt; any that a receiver can answer, also beyond 599",
          example: 503,
        }),
      from: TimeSchema.optional().openapi({ description: "Of events received at this time or later" }),
      to: TimeSchema.optional().openapi({ description: "Of events received before this time" }),
    }),
  },
  responses: { 200: jsonAnswer("A page of deliveries", searchSchema(DeliverySchema)), ...COMMON_PROBLEMS },
});

const getDeliveries: Handler<typeof getDeliveriesRoute> = async (c) => {
  const query = c.req.valid("query");
  const filter = {
    destinationId: query.destination_id,
    state: query.state,
    reason: query.reason,
    statusCode: query.status_code,
    from: query.from,
    to: query.to,
  };
  const page = await listDeliveries(c.get("gateway"), narrowed(scopeOf(c), query.account_id) ?? NO_ACCOUNT, filter, {
    cursor: query.cursor ?? null,
    limit: query.limit,
  });
  const searchedBackTo = page.searchedBackTo === null ? null : time(page.searchedBackTo);
  return c.json(
    { data: page.deliveries.map(deliveryRecord), next_cursor: page.nextCursor, searched_back_to: searchedBackTo },
    200,
  );
};

const getDeliveryRoute = createRoute({
  method: "get",
  path: "/deliveries/{delivery_id}",
  operationId: "readDelivery",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read a delivery with its attempts, page after page",
  request: {
    params: DeliveryParamSchema,
    query: z.object({
      attempts_cursor: z
        .string()
        .regex(/^\d{1,9}$/, "Give the attempts_next_cursor of a page before, unchanged.")
        .optional()
        .openapi({ description: "`attempts_next_cursor` of the page before" }),
    }),
  },
  responses: {
    200: jsonAnswer("The delivery", DeliveryWithAttemptsSchema),
    ...COMMON_PROBLEMS,
    404: problemAnswer("No such delivery"),
  },
});

const getDelivery: Handler<typeof getDeliveryRoute> = async (c) => {
  const { attempts_cursor: cursor } = c.req.valid("query");
  const before = cursor === undefined ? null : Number(cursor);
  const delivery = await findDelivery(c.get("gateway"), scopeOf(c), c.req.valid("param").delivery_id, before);
  return delivery ? c.json(deliveryWithAttempts(delivery), 200) : notFound(c, "delivery");
};

const postDeliveryRedeliveryRoute = createRoute({
  method: "post",
  path: "/deliveries/{delivery_id}/redeliveries",
  operationId: "redeliverDelivery",
  tags: TAGS,
  security: OPERATOR,
  summary: "Send a delivery again, with a fresh retry schedule",
  request: { params: DeliveryParamSchema },
  responses: {
    202: jsonAnswer("It is under way", DeliverySchema),
    ...BODY_PROBLEMS,
    404: problemAnswer("No such delivery"),
    409: problemAnswer("Its destination is disabled or removed, or its event is wiped"),
  },
});

const postDeliveryRedelivery: Handler<typeof postDeliveryRedeliveryRoute> = async (c) => {
  const gateway = c.get("gateway");
  const key = parseDeliveryId(c.req.valid("param").delivery_id);
  if (!key) return notFound(c, "delivery");
  const again = await redeliver(acting(c), { eventId: key.eventId, destination: key.destinationKey });
  if (again.kind === "event_wiped") return eventWiped(c);
  const [delivery] = again.kind === "redelivered" ? again.deliveries : [];
  if (again.kind === "unknown" || !delivery) return notFound(c, "delivery");
  if (again.restarted === 0 && delivery.state !== "pending") {
    return problem(c, 409, "destination_not_enabled", "Its destination is disabled or removed. Enable it first.");
  }
  c.executionCtx.waitUntil(
    dispatch(gateway, again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
  );
  return c.json(deliveryRecord(delivery), 202);
};

/** 409: what is wiped cannot be sent again. */
export function eventWiped(c: Context<AppEnv>) {
  return problem(c, 409, "event_wiped", "The event is wiped: nothing is left of it that could be sent.");
}

export function deliveryRecord(delivery: Delivery): z.output<typeof DeliverySchema> {
  return {
    delivery_id: delivery.deliveryId,
    event_id: delivery.eventId,
    account_id: delivery.accountId,
    destination_id: delivery.destinationId,
    state: delivery.state,
    reason: delivery.reason,
    explanation: delivery.explanation,
    filter_revision: delivery.filterRevision,
    event_type: delivery.eventType,
    attempt_count: delivery.attemptCount,
    last_status_code: delivery.lastStatusCode,
    next_attempt_at: delivery.nextAttemptAt === null ? null : time(delivery.nextAttemptAt),
    created_at: time(delivery.createdAt),
    updated_at: time(delivery.updatedAt),
  };
}

export function deliveryWithAttempts(delivery: DeliveryWithAttempts): z.output<typeof DeliveryWithAttemptsSchema> {
  return {
    ...deliveryRecord(delivery),
    attempts: delivery.attempts.map((attempt) => ({
      number: attempt.number,
      started_at: time(attempt.startedAt),
      duration_ms: attempt.durationMs,
      outcome: attempt.outcome,
      status_code: attempt.statusCode,
      detail: attempt.detail,
      response_headers: attempt.responseHeaders,
      response_body: attempt.responseBody,
    })),
    attempts_next_cursor: delivery.attemptsCursor === null ? null : String(delivery.attemptsCursor),
  };
}
