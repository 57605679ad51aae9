import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod/v4";
import type { AccountInput } from "../../accounts/account";
import { accountInputOf } from "../../accounts/account-input";
import { changeAccount } from "../../accounts/change-account";
import { createAccount } from "../../accounts/create-account";
import { findAccount, listAccounts } from "../../accounts/read-accounts";
import { removeAccount } from "../../accounts/remove-account";
import { suspendAccount } from "../../accounts/suspend-account";
import { MOST_DESTINATIONS } from "../../destinations/destination";
import { listDestinations } from "../../destinations/read-destinations";
import { allows } from "../../vocabulary/roles";
import { type Api, type AppEnv, acting, type Handler, scopeOf } from "../context";
import { destinationRecord } from "../destinations/destination-schemas";
import { forbidden } from "../guards/operator-key";
import { jsonAnswer, jsonBody, OPERATOR, patchBody } from "../openapi";
import { AccountPageSchema, listSchema } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import {
  AccountParamSchema,
  AccountSchema,
  AccountWithDestinationsSchema,
  accountRecord,
  CreatedAccountSchema,
  changeOf,
  NewAccountSchema,
  PatchAccountSchema,
  ReplaceAccountSchema,
} from "./account-schemas";

const TAGS = ["Accounts"];
const UNKNOWN = problemAnswer("No such account");
const TAKEN = problemAnswer("Another account has that e-mail or id");

export function accountRoutes(api: Api): void {
  api.openapi(postAccountRoute, postAccount);
  api.openapi(getAccountsRoute, getAccounts);
  api.openapi(getAccountRoute, getAccount);
  api.openapi(putAccountRoute, putAccount);
  api.openapi(patchAccountRoute, patchAccount);
  api.openapi(deleteAccountRoute, deleteAccount);
}

const postAccountRoute = createRoute({
  method: "post",
  path: "/accounts",
  operationId: "createAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Create an account; its secret token is shown this once",
  request: { body: jsonBody(NewAccountSchema) },
  responses: { 201: jsonAnswer("The account and its token", CreatedAccountSchema), ...BODY_PROBLEMS, 409: TAKEN },
});

const postAccount: Handler<typeof postAccountRoute> = async (c) => {
  const body = c.req.valid("json");
  const created = await createAccount(acting(c), {
    ...accountInputOf(body),
    accountId: body.account_id ?? null,
  });
  switch (created.kind) {
    case "created":
      return c.json({ ...accountRecord(created.account), app_secret_token: created.token }, 201);
    case "email_taken":
    case "account_id_taken":
      return taken(c, created.kind);
    case "account_id_reserved":
      return problem(c, 400, created.kind, "This id is the gateway's own.", [
        { path: "account_id", message: "Give another id, or none." },
      ]);
  }
};

const getAccountsRoute = createRoute({
  method: "get",
  path: "/accounts",
  operationId: "listAccounts",
  tags: TAGS,
  security: OPERATOR,
  summary: "List accounts, newest first",
  request: {
    query: AccountPageSchema.extend({
      q: z
        .string()
        .trim()
        .max(200)
        .optional()
        .openapi({ description: "Text in the id, name or e-mail", example: "acme" }),
    }),
  },
  responses: { 200: jsonAnswer("A page of accounts", listSchema(AccountSchema)), ...COMMON_PROBLEMS },
});

const getAccounts: Handler<typeof getAccountsRoute> = async (c) => {
  const { q, cursor, limit } = c.req.valid("query");
  const page = await listAccounts(c.get("gateway"), scopeOf(c), {
    search: q,
    cursor: cursor === undefined ? undefined : Number(cursor),
    limit,
  });
  return c.json({ data: page.accounts.map(accountRecord), next_cursor: page.nextCursor }, 200);
};

const getAccountRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}",
  operationId: "readAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read an account with its destinations",
  request: { params: AccountParamSchema },
  responses: { 200: jsonAnswer("The account", AccountWithDestinationsSchema), ...COMMON_PROBLEMS, 404: UNKNOWN },
});

const getAccount: Handler<typeof getAccountRoute> = async (c) => {
  const { account_id } = c.req.valid("param");
  const gateway = c.get("gateway");
  const [account, destinations] = await Promise.all([
    findAccount(gateway, account_id),
    listDestinations(gateway, account_id, { limit: MOST_DESTINATIONS }),
  ]);
  if (!account || !destinations) return notFound(c, "account");
  return c.json({ ...accountRecord(account), destinations: destinations.destinations.map(destinationRecord) }, 200);
};

const putAccountRoute = createRoute({
  method: "put",
  path: "/accounts/{account_id}",
  operationId: "replaceAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Replace an account's details",
  request: { params: AccountParamSchema, body: jsonBody(ReplaceAccountSchema) },
  responses: { 200: jsonAnswer("The account", AccountSchema), ...BODY_PROBLEMS, 404: UNKNOWN, 409: TAKEN },
});

const putAccount: Handler<typeof putAccountRoute> = (c) =>
  change(c, c.req.valid("param").account_id, accountInputOf(c.req.valid("json")));

const patchAccountRoute = createRoute({
  method: "patch",
  path: "/accounts/{account_id}",
  operationId: "changeAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Change an account's details (RFC 7396)",
  request: { params: AccountParamSchema, body: patchBody(PatchAccountSchema) },
  responses: { 200: jsonAnswer("The account", AccountSchema), ...BODY_PROBLEMS, 404: UNKNOWN, 409: TAKEN },
});

const patchAccount: Handler<typeof patchAccountRoute> = async (c) => {
  const { account_id } = c.req.valid("param");
  const { suspended, ...settings } = c.req.valid("json");
  if (suspended === undefined) return change(c, account_id, changeOf(settings));
  const { role } = c.get("operator");
  if (!allows(role, "admin")) return forbidden(c, role, "admin");
  if (Object.keys(settings).length > 0) {
    return problem(c, 400, "invalid_input", "The input is not valid.", [
      { path: "suspended", message: "Send it alone: an account is suspended or resumed by itself." },
    ]);
  }
  const account = await suspendAccount(acting(c), account_id, suspended);
  return account ? c.json(accountRecord(account), 200) : notFound(c, "account");
};

const deleteAccountRoute = createRoute({
  method: "delete",
  path: "/accounts/{account_id}",
  operationId: "removeAccount",
  tags: TAGS,
  security: OPERATOR,
  summary: "Remove an account with its destinations, events and deliveries; its token stops at once",
  request: { params: AccountParamSchema },
  responses: { 204: { description: "It is gone" }, ...BODY_PROBLEMS, 404: UNKNOWN },
});

const deleteAccount: Handler<typeof deleteAccountRoute> = async (c) => {
  const removed = await removeAccount(acting(c), c.req.valid("param").account_id);
  return removed ? c.body(null, 204) : notFound(c, "account");
};

async function change(c: Context<AppEnv>, accountId: string, input: Partial<AccountInput>) {
  const changed = await changeAccount(acting(c), accountId, input);
  switch (changed.kind) {
    case "changed":
      return c.json(accountRecord(changed.account), 200);
    case "unknown":
      return notFound(c, "account");
    case "changed_meanwhile":
      return problem(c, 409, changed.kind, "Others change this account at this moment. Try again.");
    case "email_taken":
    case "account_id_taken":
      return taken(c, changed.kind);
  }
}

function taken(c: Context<AppEnv>, kind: "email_taken" | "account_id_taken") {
  return kind === "email_taken"
    ? problem(c, 409, kind, "Another account has this e-mail address.", [
        { path: "email", message: "Give another address." },
      ])
    : problem(c, 409, kind, "Another account has this id.", [
        { path: "account_id", message: "Give another id, or none." },
      ]);
}
