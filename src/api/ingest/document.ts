import * as z from "zod/v4";
import type { Api } from "../context";
import { jsonAnswer } from "../openapi";
import { ProblemSchema, problemAnswer } from "../problem";

/** Documents the route for OpenAPI; the route itself validates in an order of its own. */
export function describeIngest(api: Api, path: string): void {
  const Received = z
    .object({
      success: z.literal(true),
      message: z.literal("Data Received"),
      event_id: z.string().openapi({ example: "evt_01JDQ8XK3V007M9T2B4C6D8F0GHJ" }),
      deliveries: z.int().nullable().openapi({
        description:
          "How many destinations it goes to: not those that do not ask for it; null while it is only in the queue",
        example: 3,
      }),
      duplicate: z
        .literal(true)
        .optional()
        .openapi({ description: "The same key and body were sent before; nothing is sent twice" }),
    })
    .openapi("Received");
  const header = (description: string) => z.string().optional().openapi({ description });
  api.openAPIRegistry.registerPath({
    method: "post",
    path,
    operationId: "receiveEvent",
    tags: ["Receiving"],
    summary: "Send an event; every destination of the account gets it",
    security: [{ account: [] }],
    request: {
      headers: z.object({
        "Content-Encoding": header("`gzip`, `deflate` or `br`: the body is stored and forwarded decoded"),
        "CL-XTOKEN": header("The token under another name; `CL-X-TOKEN` takes precedence"),
        "CL-X-EVENT-TYPE": header(
          "The event's type: 1 to 128 characters without spaces; see docs/event-types.md for where else it may be",
        ),
        "CL-X-EVENT-ID": header("Makes the call idempotent: 1 to 255 visible ASCII characters"),
        "Idempotency-Key": header("The same under its usual name; `CL-X-EVENT-ID` takes precedence"),
      }),
      body: {
        required: true,
        description: "Any JSON value, up to 1,000,000 bytes; forwarded as received",
        content: { "application/json": { schema: z.unknown().openapi({ example: { order: 17, total: 99.5 } }) } },
      },
    },
    responses: {
      200: jsonAnswer("Stored; being delivered", Received),
      202: jsonAnswer("Stored in the queue while the database is not available", Received),
      400: problemAnswer("Not JSON, or not a POST"),
      401: problemAnswer("No token, or not a valid one"),
      403: problemAnswer("Sent over plain http to another host than this machine (`https_required`)"),
      409: problemAnswer("The idempotency key was used with another body before"),
      413: problemAnswer("More than 1,000,000 bytes, counted without the content coding"),
      415: {
        description: "An unsupported content coding",
        headers: { "Accept-Encoding": { schema: { type: "string" }, description: "The supported ones" } },
        content: { "application/json": { schema: ProblemSchema } },
      },
      422: problemAnswer(
        "It breaks the schema of its type, which the account's catalogue refuses (`schema_violation`); `errors` says where",
      ),
      429: problemAnswer("Too many events; `Retry-After` says when to try again"),
      507: problemAnswer("The database is nearly full, and the account above its share of it; try again later"),
      508: problemAnswer("The event came through too many gateways: a destination leads back"),
      503: {
        description: "Nothing was accepted; try again later",
        headers: { "Retry-After": { schema: { type: "string" }, description: "Seconds" } },
        content: { "application/json": { schema: ProblemSchema } },
      },
    },
  });
}
