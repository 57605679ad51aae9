import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { CATALOGUE_BOUNDS, SEEN_IN_EVENTS } from "../../catalogues/catalogue";
import { keepType } from "../../catalogues/keep-type";
import { findType, listTypes } from "../../catalogues/read-catalogue";
import { removeType } from "../../catalogues/remove-type";
import { memberOf } from "../../json/json";
import { AccountParamSchema } from "../accounts/account-schemas";
import { type Api, acting, exactBody, type Handler } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { EventTypePageSchema, listSchema } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import {
  EventTypeSchema,
  PutEventTypeSchema,
  SeenTypeSchema,
  seenRecord,
  TypeParamSchema,
  typeRecord,
} from "./event-type-schemas";

const TAGS = ["Event types"];
const UNKNOWN_ACCOUNT = problemAnswer("No such account");
const UNKNOWN_TYPE = problemAnswer("The account keeps no such type");

export function eventTypeRoutes(api: Api): void {
  api.openapi(getTypesRoute, getTypes);
  api.openapi(getTypeRoute, getType);
  api.openapi(putTypeRoute, putType);
  api.openapi(deleteTypeRoute, deleteType);
}

const getTypesRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}/event-types",
  operationId: "listEventTypes",
  tags: TAGS,
  security: OPERATOR,
  summary: "List the event types that an account keeps, by name, and those that were only seen",
  request: { params: AccountParamSchema, query: EventTypePageSchema },
  responses: {
    200: jsonAnswer(
      "A page of the catalogue",
      listSchema(EventTypeSchema).extend({
        seen: z
          .array(SeenTypeSchema)
          .openapi({ description: `Types among the last ${SEEN_IN_EVENTS} events that are not kept` }),
      }),
    ),
    ...COMMON_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
  },
});

const getTypes: Handler<typeof getTypesRoute> = async (c) => {
  const page = await listTypes(c.get("gateway"), c.req.valid("param").account_id, c.req.valid("query"));
  if (!page) return notFound(c, "account");
  return c.json(
    { data: page.types.map(typeRecord), next_cursor: page.nextCursor, seen: page.seen.map(seenRecord) },
    200,
  );
};

const getTypeRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}/event-types/{event_type}",
  operationId: "readEventType",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read what an account says of an event type",
  request: { params: TypeParamSchema },
  responses: { 200: jsonAnswer("The event type", EventTypeSchema), ...COMMON_PROBLEMS, 404: UNKNOWN_TYPE },
});

const getType: Handler<typeof getTypeRoute> = async (c) => {
  const { account_id, event_type } = c.req.valid("param");
  const type = await findType(c.get("gateway"), account_id, event_type);
  return type ? c.json(typeRecord(type), 200) : notFound(c, "event type");
};

const putTypeRoute = createRoute({
  method: "put",
  path: "/accounts/{account_id}/event-types/{event_type}",
  operationId: "putEventType",
  tags: TAGS,
  security: OPERATOR,
  summary: "Say what an event type is, and what becomes of events that break its schema",
  description: "It holds for every event whose call begins after the answer. What is left out is empty.",
  request: { params: TypeParamSchema, body: jsonBody(PutEventTypeSchema) },
  responses: {
    200: jsonAnswer("The event type, replaced", EventTypeSchema),
    201: jsonAnswer("The event type, new", EventTypeSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
    409: problemAnswer(
      `The account keeps ${CATALOGUE_BOUNDS.types} types, or ${CATALOGUE_BOUNDS.schemaBytes} bytes of schemas`,
    ),
  },
});

const putType: Handler<typeof putTypeRoute> = async (c) => {
  const { account_id, event_type } = c.req.valid("param");
  const { description, validate } = c.req.valid("json");
  const body = await exactBody(c);
  const written = (name: string) => {
    const value = memberOf(body, name) ?? null;
    return value === null ? null : JSON.stringify(value);
  };
  const keeping = await keepType(acting(c), account_id, {
    type: event_type,
    description,
    validation: validate,
    schema: written("schema"),
    example: written("example"),
  });
  switch (keeping.kind) {
    case "kept":
      return c.json(typeRecord(keeping.type), keeping.isNew ? 201 : 200);
    case "unfit":
      return problem(c, 400, "invalid_input", "The input is not valid.", keeping.errors);
    case "too_much":
      return problem(c, 409, "too_many_event_types", tooMuch());
    case "account_unknown":
      return notFound(c, "account");
  }
};

const deleteTypeRoute = createRoute({
  method: "delete",
  path: "/accounts/{account_id}/event-types/{event_type}",
  operationId: "removeEventType",
  tags: TAGS,
  security: OPERATOR,
  summary: "Forget what an account says of an event type; its events are checked no more",
  request: { params: TypeParamSchema },
  responses: { 204: { description: "It is gone" }, ...BODY_PROBLEMS, 404: UNKNOWN_TYPE },
});

const deleteType: Handler<typeof deleteTypeRoute> = async (c) => {
  const { account_id, event_type } = c.req.valid("param");
  const removed = await removeType(acting(c), account_id, event_type);
  return removed ? c.body(null, 204) : notFound(c, "event type");
};

function tooMuch(): string {
  return `An account keeps at most ${CATALOGUE_BOUNDS.types} event types and ${CATALOGUE_BOUNDS.schemaBytes} bytes of schemas. Remove one first.`;
}
