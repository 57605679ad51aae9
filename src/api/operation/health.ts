import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { readGatewayStatus } from "../../deliveries/status/status";
import { readSealing } from "../../destinations/reseal";
import { readSigners } from "../../keys/read-signers";
import { VERSION } from "../../vocabulary/version";
import type { Api, Handler } from "../context";
import { operatorOfRequest } from "../guards/operator-key";
import { jsonAnswer } from "../openapi";
import { problemAnswer } from "../problem";

const SignedSchema = z.object({
  older: z.int(),
  unknown: z.int().openapi({ description: "From before it was kept who signed them" }),
});

const HealthSchema = z
  .object({
    status: z.enum(["ok", "unavailable"]),
    version: z.string(),
    details: z
      .object({
        dead_letters: z.int(),
        overdue_deliveries: z.int().openapi({ description: "Pending, and due for more than two minutes" }),
        failing_destinations: z
          .int()
          .openapi({ description: "Enabled, and their circuit is open: five failures in a row" }),
        paused_destinations: z.int().openapi({ description: "By a person, by the gateway, or with their account" }),
        destinations_to_reseal: z
          .int()
          .openapi({ description: "Not under the first sealing key yet: until 0, the keys behind it are needed" }),
        unreadable_destinations: z.int().openapi({ description: "Sealed under a key that is not there" }),
        signed_by_older_keys: z
          .object({ tokens: SignedSchema, operator_keys: SignedSchema, portal_links: SignedSchema })
          .openapi({
            description: "What ends once the `TOKEN_KEYS` behind the first are dropped; 0 where there are none",
          }),
        queue: z.boolean().openapi({ description: "Whether one is bound" }),
      })
      .optional()
      .openapi({ description: "For the operator's key only; counts stop at 1,000" }),
  })
  .openapi("Health");

export function healthRoutes(api: Api): void {
  api.openapi(getHealthRoute, getHealth);
}

const getHealthRoute = createRoute({
  method: "get",
  path: "/health",
  operationId: "readHealth",
  tags: ["Operation"],
  security: [{}, { operator: [] }],
  summary: "Whether the gateway can reach its database",
  responses: {
    200: jsonAnswer("It can", HealthSchema),
    400: problemAnswer("It takes no parameters"),
    503: jsonAnswer("It cannot", HealthSchema),
  },
});

const getHealth: Handler<typeof getHealthRoute> = async (c) => {
  const gateway = c.get("gateway");
  if (!(await gateway.databaseAnswers())) return c.json({ status: "unavailable" as const, version: VERSION }, 503);
  const status = { status: "ok" as const, version: VERSION };
  if ((await operatorOfRequest(c)).kind !== "operator") return c.json(status, 200);
  const [gatewayStatus, sealing, signers] = await Promise.all([
    readGatewayStatus(gateway),
    readSealing(gateway),
    readSigners(gateway),
  ]);
  const details = {
    dead_letters: gatewayStatus.deadLetters,
    overdue_deliveries: gatewayStatus.overdueDeliveries,
    failing_destinations: gatewayStatus.failingDestinations,
    paused_destinations: gatewayStatus.pausedDestinations,
    destinations_to_reseal: sealing.waiting,
    unreadable_destinations: sealing.unreadable,
    signed_by_older_keys: signers,
    queue: gateway.queue !== null,
  };
  return c.json({ ...status, details }, 200);
};
