import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { previewRequest } from "../../deliveries/preview-request";
import { whyUnwanted } from "../../deliveries/unwanted";
import { findDestination } from "../../destinations/read-destinations";
import { type Api, type Handler, scopeOf } from "../context";
import { RequestSchema, requestRecord } from "../deliveries/delivery-schemas";
import { jsonAnswer, OPERATOR } from "../openapi";
import { COMMON_PROBLEMS, notFound, problemAnswer } from "../problem";
import { DestinationParamSchema } from "./destination-schemas";

const PreviewSchema = z
  .object({
    request: RequestSchema.nullable(),
    reason: z.string().nullable().openapi({ description: "Why nothing could be sent, where that is so" }),
    explanation: z.string().nullable().openapi({
      description: "Why the destination does not ask for the event by its types and filter, where that is so",
    }),
  })
  .openapi("Preview");

export function previewRoutes(api: Api): void {
  api.openapi(getPreviewRoute, getPreview);
}

const getPreviewRoute = createRoute({
  method: "get",
  path: "/destinations/{destination_id}/preview",
  operationId: "previewRequest",
  tags: ["Destinations"],
  security: OPERATOR,
  summary: "See what a destination would get of an event; nothing is sent",
  request: { params: DestinationParamSchema, query: z.object({ event_id: z.string() }) },
  responses: {
    200: jsonAnswer("The request, with what is secret masked", PreviewSchema),
    ...COMMON_PROBLEMS,
    404: problemAnswer("No such destination, or no such event of its account"),
  },
});

const getPreview: Handler<typeof getPreviewRoute> = async (c) => {
  const gateway = c.get("gateway");
  const destination = await findDestination(gateway, scopeOf(c), c.req.valid("param").destination_id);
  if (!destination) return notFound(c, "destination");
  const preview = await previewRequest(gateway, destination, c.req.valid("query").event_id, gateway.now());
  if (preview === null) return notFound(c, "event");
  const { request, reason, unwanted } = preview;
  const explanation = unwanted && whyUnwanted(unwanted);
  return c.json({ request: request && requestRecord(request), reason, explanation }, 200);
};
