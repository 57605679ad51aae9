import { createRoute, z } from "@hono/zod-openapi";
import { VERSION } from "../vocabulary/version";
import type { Api } from "./context";
import { jsonAnswer } from "./openapi";

const HealthSchema = z.object({ status: z.enum(["ok", "unavailable"]), version: z.string() }).openapi("Health");

export function healthRoutes(api: Api): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/health",
      operationId: "readHealth",
      tags: ["Operation"],
      security: [],
      summary: "Whether the gateway can reach its database",
      responses: {
        200: jsonAnswer("It can", HealthSchema),
        503: jsonAnswer("It cannot", HealthSchema),
      },
    }),
    async (c) =>
      (await c.get("gateway").databaseAnswers())
        ? c.json({ status: "ok" as const, version: VERSION }, 200)
        : c.json({ status: "unavailable" as const, version: VERSION }, 503),
  );
}
