import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { addDestination } from "../../destinations/add-destination";
import type { DestinationInput } from "../../destinations/destination";
import { destinationInputOf } from "../../destinations/destination-input";
import { findDestination, listDestinations, listDestinationsInScope } from "../../destinations/read-destinations";
import { removeDestination } from "../../destinations/remove-destination";
import { reachedAt } from "../../env";
import { covers } from "../../vocabulary/account-scope";
import { AccountParamSchema } from "../accounts/account-schemas";
import { type Api, type AppEnv, acting, type Handler, scopeOf } from "../context";
import { jsonAnswer, jsonBody, OPERATOR, patchBody } from "../openapi";
import { DestinationPageSchema, listSchema } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import { accountSuspended, change } from "./change";
import {
  CreatedDestinationSchema,
  DestinationInputSchema,
  DestinationParamSchema,
  DestinationSchema,
  destinationRecord,
  NewDestinationSchema,
  PatchDestinationSchema,
  patchOf,
} from "./destination-schemas";

const TAGS = ["Destinations"];
const UNKNOWN = problemAnswer("No such destination");
const UNKNOWN_ACCOUNT = problemAnswer("No such account");
const TOO_MANY = problemAnswer("The account has 100 destinations, or is suspended");
const CHANGED = problemAnswer("Somebody else changed it in the meantime, or its account is suspended");

export function destinationRoutes(api: Api): void {
  api.openapi(postDestinationOfAccountRoute, postDestinationOfAccount);
  api.openapi(getDestinationsOfAccountRoute, getDestinationsOfAccount);
  api.openapi(postDestinationRoute, postDestination);
  api.openapi(getDestinationsRoute, getDestinations);
  api.openapi(getDestinationRoute, getDestination);
  api.openapi(putDestinationRoute, putDestination);
  api.openapi(patchDestinationRoute, patchDestination);
  api.openapi(deleteDestinationRoute, deleteDestination);
}

const postDestinationOfAccountRoute = createRoute({
  method: "post",
  path: "/accounts/{account_id}/destinations",
  operationId: "addDestinationToAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Add a destination to an account; its signing secret is shown this once",
  request: { params: AccountParamSchema, body: jsonBody(DestinationInputSchema) },
  responses: {
    201: jsonAnswer("The destination and its signing secret", CreatedDestinationSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
    409: TOO_MANY,
  },
});

const postDestinationOfAccount: Handler<typeof postDestinationOfAccountRoute> = (c) =>
  add(c, c.req.valid("param").account_id, destinationInputOf(c.req.valid("json")));

const getDestinationsOfAccountRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}/destinations",
  operationId: "listDestinationsOfAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "List the destinations available for an account",
  request: { params: AccountParamSchema, query: DestinationPageSchema },
  responses: {
    200: jsonAnswer("A page of destinations", listSchema(DestinationSchema)),
    ...COMMON_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
  },
});

const getDestinationsOfAccount: Handler<typeof getDestinationsOfAccountRoute> = async (c) => {
  const page = await listDestinations(c.get("gateway"), c.req.valid("param").account_id, c.req.valid("query"));
  if (!page) return notFound(c, "account");
  return c.json({ data: page.destinations.map(destinationRecord), next_cursor: page.nextCursor }, 200);
};

const postDestinationRoute = createRoute({
  method: "post",
  path: "/destinations",
  operationId: "addDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Add a destination; its signing secret is shown this once",
  request: { body: jsonBody(NewDestinationSchema) },
  responses: {
    201: jsonAnswer("The destination and its signing secret", CreatedDestinationSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
    409: TOO_MANY,
  },
});

const postDestination: Handler<typeof postDestinationRoute> = (c) => {
  const body = c.req.valid("json");
  return add(c, body.account_id ?? body.account ?? "", destinationInputOf(body));
};

const getDestinationsRoute = createRoute({
  method: "get",
  path: "/destinations",
  operationId: "listDestinations",
  tags: TAGS,
  security: OPERATOR,
  summary: "List the destinations of all accounts, newest first",
  request: { query: DestinationPageSchema },
  responses: { 200: jsonAnswer("A page of destinations", listSchema(DestinationSchema)), ...COMMON_PROBLEMS },
});

const getDestinations: Handler<typeof getDestinationsRoute> = async (c) => {
  const page = await listDestinationsInScope(c.get("gateway"), scopeOf(c), c.req.valid("query"));
  return c.json({ data: page.destinations.map(destinationRecord), next_cursor: page.nextCursor }, 200);
};

const getDestinationRoute = createRoute({
  method: "get",
  path: "/destinations/{destination_id}",
  operationId: "readDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read a destination",
  request: { params: DestinationParamSchema },
  responses: { 200: jsonAnswer("The destination", DestinationSchema), ...COMMON_PROBLEMS, 404: UNKNOWN },
});

const getDestination: Handler<typeof getDestinationRoute> = async (c) => {
  const destination = await findDestination(c.get("gateway"), scopeOf(c), c.req.valid("param").destination_id);
  return destination ? c.json(destinationRecord(destination), 200) : notFound(c, "destination");
};

const putDestinationRoute = createRoute({
  method: "put",
  path: "/destinations/{destination_id}",
  operationId: "replaceDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Replace a destination; its account and signing secret stay",
  request: { params: DestinationParamSchema, body: jsonBody(DestinationInputSchema) },
  responses: {
    200: jsonAnswer("The destination", DestinationSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN,
    409: CHANGED,
  },
});

const putDestination: Handler<typeof putDestinationRoute> = (c) =>
  change(c, c.req.valid("param").destination_id, ({ enabled }) =>
    // who replaces the settings has not said that it is to be sent to again
    destinationInputOf({ enabled, ...c.req.valid("json") }),
  );

const patchDestinationRoute = createRoute({
  method: "patch",
  path: "/destinations/{destination_id}",
  operationId: "changeDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Change a destination (RFC 7396)",
  request: { params: DestinationParamSchema, body: patchBody(PatchDestinationSchema) },
  responses: {
    200: jsonAnswer("The destination", DestinationSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN,
    409: CHANGED,
  },
});

const patchDestination: Handler<typeof patchDestinationRoute> = (c) =>
  change(c, c.req.valid("param").destination_id, (stored) => patchOf(c.req.valid("json"), stored));

const deleteDestinationRoute = createRoute({
  method: "delete",
  path: "/destinations/{destination_id}",
  operationId: "removeDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Remove a destination; nothing is sent to it any more",
  request: { params: DestinationParamSchema },
  responses: { 204: { description: "It is gone" }, ...BODY_PROBLEMS, 404: UNKNOWN },
});

const deleteDestination: Handler<typeof deleteDestinationRoute> = async (c) => {
  const removed = await removeDestination(acting(c), c.req.valid("param").destination_id);
  return removed ? c.body(null, 204) : notFound(c, "destination");
};

async function add(c: Context<AppEnv>, accountId: string, input: DestinationInput) {
  if (!covers(scopeOf(c), accountId)) return notFound(c, "account");
  const added = await addDestination(reachedAt(acting(c), c.req.url), accountId, input);
  switch (added.kind) {
    case "added":
      return c.json({ ...destinationRecord(added.destination), signing_secret: added.signingSecret }, 201);
    case "account_unknown":
      return notFound(c, "account");
    case "account_suspended":
      return accountSuspended(c);
    case "too_many":
      return problem(
        c,
        409,
        "too_many_destinations",
        `An account has at most ${added.most} destinations. Remove one first.`,
      );
    case "unfit":
      return problem(c, 400, "invalid_input", "The destination cannot be called like this.", added.errors);
  }
}
