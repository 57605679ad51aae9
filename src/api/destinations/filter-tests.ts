import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { type Unwanted, whyUnwanted } from "../../deliveries/unwanted";
import { eventTypesOf } from "../../destinations/destination-input";
import { findDestination } from "../../destinations/read-destinations";
import { MOST_TRIED, type Sample, type Tried, tryWanted } from "../../events/try-wanted";
import { type Json, memberOf } from "../../json/json";
import { type Api, exactBody, type Handler, scopeOf } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { BODY_PROBLEMS, notFound, problemAnswer } from "../problem";
import { FilterField, TemplatesField, TransformationField, TypesSchema } from "./destination-fields";
import { DestinationParamSchema } from "./destination-schemas";

const FilterTestSchema = z
  .object({
    event_id: z.string().optional().openapi({ description: "An event of the account" }),
    payload: z.unknown().optional().openapi({ description: "Any JSON, as an event of it would be" }),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: "With the payload: what is kept of it" }),
    event_type: z.string().optional().openapi({ description: "With the payload: its type, unless it says so itself" }),
    event_types: TypesSchema.optional().openapi({ description: "In place of those that the destination has" }),
    filter: FilterField.optional(),
    transformation: TransformationField.optional(),
    templates: TemplatesField.optional(),
  })
  .refine((body) => body.event_id === undefined || body.payload === undefined, {
    path: ["payload"],
    error: "Give an event_id or a payload, not both.",
  })
  .openapi("FilterTest");

const FilterTestResultSchema = z
  .object({
    results: z.array(
      z.object({
        event_id: z.string().nullable(),
        event_type: z.string().nullable(),
        matches: z.boolean(),
        reason: z.enum(["event_type", "filter"]).nullable(),
        explanation: z.string().nullable(),
        condition: z
          .object({
            filter_path: z.string(),
            path: z.string(),
            operator: z.string(),
            expected: z.string().nullable(),
            found: z.string().nullable(),
          })
          .nullable()
          .openapi({ description: "The first one that did not hold, where it looked, and what it found" }),
        failure: z.object({ message: z.string(), place: z.int().nullable() }).nullable().openapi({
          description: "Why nothing would be sent though it matches, and at which character of the expression",
        }),
        body: z
          .string()
          .nullable()
          .openapi({ description: "What would be sent, for GET in the query; only of the newest event that would be" }),
      }),
    ),
  })
  .openapi("FilterTestResult");

export function filterTestRoutes(api: Api): void {
  api.openapi(postFilterTestRoute, postFilterTest);
}

const postFilterTestRoute = createRoute({
  method: "post",
  path: "/destinations/{destination_id}/filter-tests",
  operationId: "testFilter",
  tags: ["Destinations"],
  security: OPERATOR,
  summary: "See which events a destination would get, as what, and why not others; nothing is sent or changed",
  description: `Of an event, of a payload, or, with neither, of the account's last ${MOST_TRIED} events. What is not given of types, filter, transformation and templates is as the destination has it.`,
  request: { params: DestinationParamSchema, body: jsonBody(FilterTestSchema) },
  responses: {
    200: jsonAnswer("What would become of them, newest first", FilterTestResultSchema),
    ...BODY_PROBLEMS,
    404: problemAnswer("No such destination or event"),
  },
});

const postFilterTest: Handler<typeof postFilterTestRoute> = async (c) => {
  const gateway = c.get("gateway");
  const { event_types, filter, transformation, templates, ...body } = c.req.valid("json");
  const destination = await findDestination(gateway, scopeOf(c), c.req.valid("param").destination_id);
  if (!destination) return notFound(c, "destination");
  const types = event_types === undefined ? destination.eventTypes : eventTypesOf(event_types);
  const sample = sampleOf(body, memberOf(await exactBody(c), "payload"));
  const tried = await tryWanted(gateway, destination.accountId, sample, {
    eventTypes: types === null ? null : JSON.stringify(types),
    filter: filter === undefined ? destination.filter : filter,
    filterRevision: destination.filterRevision,
    httpMethod: destination.httpMethod,
    transformation: transformation === undefined ? destination.transformation : transformation,
    templates: templates === undefined ? destination.templates : templates,
  });
  return tried === null ? notFound(c, "event") : c.json({ results: tried.map(resultOf) }, 200);
};

/** @param payload with its numbers as they were written */
function sampleOf(
  body: Pick<z.output<typeof FilterTestSchema>, "event_id" | "headers" | "event_type">,
  payload: Json | undefined,
): Sample {
  if (body.event_id !== undefined) return { eventId: body.event_id };
  if (payload === undefined) return "latest";
  const headers = Object.entries(body.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return { payload: JSON.stringify(payload), headers: Object.fromEntries(headers), type: body.event_type ?? null };
}

function resultOf({ eventId, type, unwanted, failure, sent }: Tried) {
  return {
    event_id: eventId,
    event_type: type,
    matches: unwanted === null,
    reason: unwanted?.reason ?? null,
    explanation: unwanted && whyUnwanted(unwanted),
    condition: unwanted && conditionOf(unwanted),
    failure: failure && { message: failure.failed, place: failure.place },
    body: sent?.shaped.payload ?? null,
  };
}

function conditionOf(unwanted: Unwanted) {
  const mismatch = unwanted.reason === "filter" ? unwanted.mismatch : null;
  if (mismatch?.kind !== "condition") return null;
  const { filterPath, path, operator, expected, found } = mismatch;
  return { filter_path: filterPath, path, operator, expected, found };
}
