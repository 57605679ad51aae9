import type { OpenAPIHono, RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Acting } from "../audit/audit";
import type { Gateway } from "../env";
import { parseExact } from "../json/exact";
import type { JsonObject } from "../json/json";
import { type Operator, scopeOfOperator } from "../keys/operator";
import { clientAddress } from "../limits/address";
import type { AccountScope } from "../vocabulary/account-scope";

/** What every handler finds in its Hono context. */
export type AppEnv = {
  Bindings: { ASSETS?: Fetcher };
  /** `operator` is set behind `requireOperatorKey`. */
  Variables: { gateway: Gateway; requestId: string; operator: Operator };
};

/** The gateway as whoever calls acts on it: what is changed says by whom. */
export function acting(c: Context<AppEnv>): Gateway & Acting {
  const { id, name } = c.get("operator");
  const address = clientAddress(c.req.raw.headers);
  return {
    ...c.get("gateway"),
    actor: { kind: "operator", id, name, via: "api", address },
    requestId: c.get("requestId"),
  };
}

/** What whoever calls reads and changes. */
export function scopeOf(c: Context<AppEnv>): AccountScope {
  return scopeOfOperator(c.get("operator"));
}

/** The body that `strictBody` has let through, with its numbers as they were written; {} where there is none. */
export async function exactBody(c: Context<AppEnv>): Promise<JsonObject> {
  return parseExact((await c.req.text()) || "{}") as JsonObject;
}

export type Api = OpenAPIHono<AppEnv>;

/** The handler of a documented route; it gets what the route's schemas have validated. */
export type Handler<Route extends RouteConfig> = RouteHandler<Route, AppEnv>;
