import type { z } from "@hono/zod-openapi";
import { VERSION } from "../vocabulary/version";
import type { Api } from "./context";

/** The security requirement of every route that the operator's key guards. */
export const OPERATOR = [{ operator: [] }];

/** A JSON request body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** A merge patch, as `application/merge-patch+json` or plain JSON. */
export function patchBody<Schema extends z.ZodType>(schema: Schema) {
  return {
    required: true,
    content: { "application/json": { schema }, "application/merge-patch+json": { schema } },
  } as const;
}

export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

/** Serves the document that the routes' own schemas make: `GET /openapi.json`. */
export function openApiRoutes(api: Api): void {
  api.openAPIRegistry.registerComponent("securitySchemes", "operator", {
    type: "http",
    scheme: "bearer",
    description:
      "An operator's key: at first `ADMIN_TOKEN`, then any made at `/keys`. A `viewer`'s key reads and changes nothing.",
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "account", {
    type: "apiKey",
    in: "header",
    name: "CL-X-TOKEN",
    description: "The app secret token of an account",
  });
  api.doc31("/openapi.json", (c) => ({
    openapi: "3.1.0",
    info: {
      title: "Data Pusher",
      version: VERSION,
      description: "A webhook gateway: one JSON event in, every destination of its account gets it.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: new URL(c.req.url).origin }],
    tags: [
      { name: "Receiving", description: "Where accounts send their events" },
      { name: "Accounts", description: "Tenants, each with a secret token" },
      { name: "Destinations", description: "Where an account's events go" },
      { name: "Events", description: "Accepted events" },
      { name: "Deliveries", description: "One event sent to one destination" },
      { name: "Recoveries", description: "Resending what did not arrive" },
      { name: "Keys", description: "Operators' keys" },
      { name: "Operation", description: "The state of the gateway" },
    ],
  }));
}
