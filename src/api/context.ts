import type { OpenAPIHono, RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Gateway } from "../env";
import type { Operator } from "../keys/operator";

/** What every handler finds in its Hono context. */
export type AppEnv = {
  Bindings: object;
  /** `operator` is set behind `requireOperatorKey`. */
  Variables: { gateway: Gateway; requestId: string; operator: Operator };
};

export type Api = OpenAPIHono<AppEnv>;

/** The handler of a documented route; it gets what the route's schemas have validated. */
export type Handler<Route extends RouteConfig> = RouteHandler<Route, AppEnv>;
