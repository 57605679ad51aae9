import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod/v4";
import { dispatch } from "../../deliveries/dispatch";
import { findDelivery, listDeliveries } from "../../deliveries/reading/read-deliveries";
import { type Redelivery, redeliver } from "../../deliveries/redeliver";
import { NO_ACCOUNT, narrowed } from "../../vocabulary/account-scope";
import { parseDeliveryId } from "../../vocabulary/ids";
import { DELIVERY_REASONS, DELIVERY_STATES } from "../../vocabulary/states";
import { type Api, type AppEnv, acting, type Handler, scopeOf } from "../context";
import { jsonAnswer, OPERATOR } from "../openapi";
import { DeliveryPageSchema, searchSchema, TimeSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import { DeliverySchema, DeliveryWithAttemptsSchema, deliveryRecord, deliveryWithAttempts } from "./delivery-schemas";

const TAGS = ["Deliveries"];
const STATUS_RANGE = "Give a status code, from 0 to 999.";

const DeliveryParamSchema = z.object({
  delivery_id: z
    .string()
    .openapi({ param: { name: "delivery_id", in: "path" }, example: "dlv_01JDQ8XK3V007M9T2B4C6D8F0GHJ5ZC1M8P4" }),
});

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
      event_type: z
        .string()
        .min(1)
        .optional()
        .openapi({ description: "Of events of this type", example: "order.paid" }),
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
    eventType: query.event_type,
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
    409: problemAnswer("Its destination is paused, disabled or removed, or its event is wiped"),
  },
});

const postDeliveryRedelivery: Handler<typeof postDeliveryRedeliveryRoute> = async (c) => {
  const key = parseDeliveryId(c.req.valid("param").delivery_id);
  if (!key) return notFound(c, "delivery");
  const again = await redeliver(acting(c), { eventId: key.eventId, destination: key.destinationKey });
  return again.kind === "unknown" ? notFound(c, "delivery") : underWay(c, again);
};

/** Dispatches a delivery that starts over, or says why it does not. */
export function underWay(c: Context<AppEnv>, again: Exclude<Redelivery, { kind: "unknown" }>) {
  if (again.kind === "event_wiped") return eventWiped(c);
  const [delivery] = again.deliveries;
  if (!delivery) throw new Error("a redelivery is of no delivery");
  if (again.restarted === 0 && delivery.state !== "pending") return notEnabled(c);
  c.executionCtx.waitUntil(
    dispatch(c.get("gateway"), again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
  );
  return c.json(deliveryRecord(delivery), 202);
}

/** 409: nothing is sent to a destination that is paused or disabled. */
export function notEnabled(c: Context<AppEnv>) {
  return problem(
    c,
    409,
    "destination_not_enabled",
    "Its destination is paused, disabled or removed. Resume or enable it first.",
  );
}

/** 409: what is wiped cannot be sent again. */
export function eventWiped(c: Context<AppEnv>) {
  return problem(c, 409, "event_wiped", "The event is wiped: nothing is left of it that could be sent.");
}
