import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { dispatch } from "../deliveries/dispatch";
import { redeliver } from "../deliveries/redeliver";
import { FATES } from "../events/fates";
import { type Event, findEvent, listEvents } from "../events/read-events";
import { wipeEvent } from "../events/wipe-event";
import { maskUrl } from "../security/masked-url";
import { NO_ACCOUNT, narrowed } from "../vocabulary/account-scope";
import { HTTP_METHODS } from "../vocabulary/http-method";
import { DELIVERY_STATES } from "../vocabulary/states";
import { type Api, acting, type Handler, scopeOf } from "./context";
import { eventWiped } from "./deliveries/deliveries";
import { DeliverySchema, deliveryRecord } from "./deliveries/delivery-schemas";
import { jsonAnswer, OPERATOR } from "./openapi";
import { EventPageSchema, searchSchema, TimeSchema, TimestampSchema, time } from "./paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problemAnswer } from "./problem";

const TAGS = ["Events"];
const TEXT_MIN = 2;
const TEXT_MAX = 200;

export const EventParamSchema = z.object({
  event_id: z
    .string()
    .openapi({ param: { name: "event_id", in: "path" }, example: "evt_01JDQ8XK3V007M9T2B4C6D8F0GHJ" }),
});

const EventSchema = z
  .object({
    event_id: z.string().openapi({ example: "evt_01JDQ8XK3V007M9T2B4C6D8F0GHJ" }),
    account_id: z.string().trim(),
    event_type: z.string().nullable().openapi({ example: "order.paid" }),
    idempotency_key: z.string().nullable(),
    received_at: TimestampSchema,
    size_bytes: z.int().openapi({ description: "Of the payload; 0 once the event is wiped" }),
    schema_errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .nullable()
      .openapi({
        description: "How it breaks the schema of its type, the first few; null where it does not, or none is checked",
      }),
    delivery_counts: z.object(
      Object.fromEntries(DELIVERY_STATES.map((state) => [state, z.int()])) as Record<
        (typeof DELIVERY_STATES)[number],
        z.ZodInt
      >,
    ),
  })
  .openapi("Event");

const EventWithDeliveriesSchema = EventSchema.extend({
  payload: z
    .string()
    .nullable()
    .openapi({ description: "The JSON text exactly as received; null once the event is wiped" }),
  wiped_at: TimestampSchema.nullable(),
  deliveries: z.array(DeliverySchema),
  destinations: z
    .array(
      z.object({
        destination_id: z.string(),
        url: z.string(),
        http_method: z.enum(HTTP_METHODS),
        outcome: z.enum(FATES).openapi({
          description:
            "`paused`: it waits for the destination; `disabled`: that was disabled when the event came; `made_later`: the destination is younger than the event; `not_sent`: the event was never meant for it, as a test of another one",
        }),
        explanation: z.string().nullable(),
        delivery_id: z.string().nullable(),
      }),
    )
    .openapi({ description: "What became of it at each destination of the account" }),
}).openapi("EventWithDeliveries");

const RedeliverySchema = z
  .object({
    event_id: z.string(),
    restarted: z.int().openapi({
      description:
        "How many start over; the others are being attempted right now, or their destination is paused or disabled",
    }),
    deliveries: z.array(DeliverySchema),
  })
  .openapi("Redelivery");

export function eventRoutes(api: Api): void {
  api.openapi(getEventsRoute, getEvents);
  api.openapi(getEventRoute, getEvent);
  api.openapi(deleteEventRoute, deleteEvent);
  api.openapi(postEventRedeliveryRoute, postEventRedelivery);
}

const getEventsRoute = createRoute({
  method: "get",
  path: "/events",
  operationId: "listEvents",
  tags: TAGS,
  security: OPERATOR,
  summary: "List events, newest first",
  description:
    "A page looks through 1,000 events, and with `q` through 20 MB of payloads, so that it can be short, even empty, while `next_cursor` still leads on.",
  request: {
    query: EventPageSchema.extend({
      account_id: z.string().trim().optional().openapi({ example: "acme" }),
      from: TimeSchema.optional().openapi({ description: "Received at this time or later" }),
      to: TimeSchema.optional().openapi({ description: "Received before this time" }),
      state: z.enum(DELIVERY_STATES).optional().openapi({ description: "With a delivery in this state" }),
      event_type: z.string().min(1).optional().openapi({ description: "Of this type", example: "order.paid" }),
      q: z
        .string()
        .min(TEXT_MIN, `Give at least ${TEXT_MIN} characters.`)
        .max(TEXT_MAX, `Use at most ${TEXT_MAX} characters.`)
        .optional()
        .openapi({
          description: "Text in the payload, however its sender escaped it, or in the idempotency key",
          example: "order-17",
        }),
      event_id: z
        .string()
        .regex(/^evt_[0-9A-HJKMNP-TV-Z]{0,28}$/i, "Give an event's id, or how it begins: evt_ and up to 28 characters.")
        .transform((text) => `evt_${text.slice("evt_".length).toUpperCase()}`)
        .optional()
        .openapi({ type: "string", description: "The id, or how it begins", example: "evt_01JDQ8" }),
    }),
  },
  responses: { 200: jsonAnswer("A page of events", searchSchema(EventSchema)), ...COMMON_PROBLEMS },
});

const getEvents: Handler<typeof getEventsRoute> = async (c) => {
  const { account_id, from, to, state, event_type, q, event_id, cursor, limit } = c.req.valid("query");
  const page = await listEvents(
    c.get("gateway"),
    narrowed(scopeOf(c), account_id) ?? NO_ACCOUNT,
    { from, to, state, type: event_type, text: q, idPrefix: event_id },
    { cursor: cursor ?? null, limit },
  );
  const searchedBackTo = page.searchedBackTo === null ? null : time(page.searchedBackTo);
  return c.json(
    { data: page.events.map(eventRecord), next_cursor: page.nextCursor, searched_back_to: searchedBackTo },
    200,
  );
};

const getEventRoute = createRoute({
  method: "get",
  path: "/events/{event_id}",
  operationId: "readEvent",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read an event with its payload and deliveries",
  request: { params: EventParamSchema },
  responses: {
    200: jsonAnswer("The event", EventWithDeliveriesSchema),
    ...COMMON_PROBLEMS,
    404: problemAnswer("No such event"),
  },
});

const getEvent: Handler<typeof getEventRoute> = async (c) => {
  const event = await findEvent(c.get("gateway"), scopeOf(c), c.req.valid("param").event_id);
  if (!event) return notFound(c, "event");
  return c.json(
    {
      ...eventRecord(event),
      payload: event.payload,
      wiped_at: event.wipedAt === null ? null : time(event.wipedAt),
      deliveries: event.deliveries.map(deliveryRecord),
      destinations: event.destinations.map(({ destinationId, url, httpMethod, fate, delivery }) => ({
        destination_id: destinationId,
        url: maskUrl(url),
        http_method: httpMethod,
        outcome: fate,
        explanation: delivery?.explanation ?? null,
        delivery_id: delivery?.deliveryId ?? null,
      })),
    },
    200,
  );
};

const deleteEventRoute = createRoute({
  method: "delete",
  path: "/events/{event_id}",
  operationId: "wipeEvent",
  tags: TAGS,
  security: OPERATOR,
  summary: "Wipe an event: its payload and all answers to it go, the record of its deliveries stays",
  description:
    "Pending deliveries are discarded (`event_wiped`), and nothing can be sent again. Its idempotency key stays taken. An event that was answered 202 can be wiped once it is stored.",
  request: { params: EventParamSchema },
  responses: { 204: { description: "It is wiped" }, ...BODY_PROBLEMS, 404: problemAnswer("No such event") },
});

const deleteEvent: Handler<typeof deleteEventRoute> = async (c) => {
  const wiped = await wipeEvent(acting(c), c.req.valid("param").event_id);
  return wiped ? c.body(null, 204) : notFound(c, "event");
};

const postEventRedeliveryRoute = createRoute({
  method: "post",
  path: "/events/{event_id}/redeliveries",
  operationId: "redeliverEvent",
  tags: TAGS,
  security: OPERATOR,
  summary: "Send an event again to all its destinations that are enabled, but for those that it was filtered out for",
  request: { params: EventParamSchema },
  responses: {
    202: jsonAnswer("It is under way", RedeliverySchema),
    ...BODY_PROBLEMS,
    404: problemAnswer("No such event, or it had no destination"),
    409: problemAnswer("The event is wiped"),
  },
});

const postEventRedelivery: Handler<typeof postEventRedeliveryRoute> = async (c) => {
  const gateway = c.get("gateway");
  const { event_id } = c.req.valid("param");
  const again = await redeliver(acting(c), { eventId: event_id, destination: null });
  if (again.kind === "unknown") return notFound(c, "event with deliveries");
  if (again.kind === "event_wiped") return eventWiped(c);
  c.executionCtx.waitUntil(
    dispatch(gateway, again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
  );
  return c.json({ event_id, restarted: again.restarted, deliveries: again.deliveries.map(deliveryRecord) }, 202);
};

function eventRecord(event: Event): z.output<typeof EventSchema> {
  const { pending, delivered, filtered, exhausted, discarded } = event;
  return {
    event_id: event.eventId,
    account_id: event.accountId,
    event_type: event.eventType,
    idempotency_key: event.idempotencyKey,
    received_at: time(event.receivedAt),
    size_bytes: event.sizeBytes,
    schema_errors: event.schemaErrors,
    delivery_counts: { pending, delivered, filtered, exhausted, discarded },
  };
}
