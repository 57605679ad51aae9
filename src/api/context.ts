import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Gateway } from "../env";

/** What every handler finds in its Hono context. */
export type AppEnv = {
  Bindings: object;
  Variables: { gateway: Gateway; requestId: string };
};

export type Api = OpenAPIHono<AppEnv>;
