import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { deliverTo } from "../../deliveries/redeliver";
import { findEvent } from "../../events/read-events";
import { destinationKey } from "../../vocabulary/ids";
import { type Api, acting, type Handler, scopeOf } from "../context";
import { EventParamSchema } from "../events";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { BODY_PROBLEMS, notFound, problemAnswer } from "../problem";
import { eventWiped, notEnabled, underWay } from "./deliveries";
import { DeliverySchema } from "./delivery-schemas";

export function deliverEventRoutes(api: Api): void {
  api.openapi(postEventDeliveryRoute, postEventDelivery);
}

const postEventDeliveryRoute = createRoute({
  method: "post",
  path: "/events/{event_id}/deliveries",
  operationId: "deliverEvent",
  tags: ["Events"],
  security: OPERATOR,
  summary: "Deliver an event to one destination of its account, whatever that asks for and however young it is",
  description: "Where it was delivered, or tried, before, it is sent again, with a fresh retry schedule.",
  request: {
    params: EventParamSchema,
    body: jsonBody(z.object({ destination_id: z.string().trim() }).openapi("EventDeliveryInput")),
  },
  responses: {
    202: jsonAnswer("It is under way", DeliverySchema),
    ...BODY_PROBLEMS,
    404: problemAnswer("No such event, or no such destination in its account"),
    409: problemAnswer("The destination is paused or disabled, or the event is wiped"),
  },
});

const postEventDelivery: Handler<typeof postEventDeliveryRoute> = async (c) => {
  const { event_id: eventId } = c.req.valid("param");
  const event = await findEvent(c.get("gateway"), scopeOf(c), eventId);
  if (!event) return notFound(c, "event");
  if (event.wipedAt !== null) return eventWiped(c);
  const { destination_id: destinationId } = c.req.valid("json");
  if (!event.destinations.some((one) => one.destinationId === destinationId)) {
    return notFound(c, "destination of its account");
  }
  const again = await deliverTo(acting(c), { eventId, destination: destinationKey(destinationId) });
  return again.kind === "unknown" ? notEnabled(c) : underWay(c, again);
};
