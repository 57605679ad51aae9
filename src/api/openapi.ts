import type * as z from "zod/v4";
import type { Api } from "./context";
import { documentOf } from "./openapi-document";

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

/** Serves the document of the API, see `openapi-document.ts`: `GET /openapi.json`. */
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
  api.get("/openapi.json", async (c) => c.json(await documentOf(api, c.env.ASSETS)));
}
