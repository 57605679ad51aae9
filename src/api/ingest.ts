import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { isLiveToken } from "../accounts/check-token";
import { dispatch } from "../deliveries/dispatch";
import type { FieldError } from "../errors/field-error";
import { accept } from "../events/accept";
import { log, logFault } from "../observability/log";
import { verifyAccountToken } from "../security/account-token";
import type { Api, AppEnv } from "./context";
import { jsonAnswer } from "./openapi";
import { ProblemSchema, problem, problemAnswer } from "./problem";
import { readText } from "./read-text";

export const INGEST_PATH = "/server/incoming_data";

/** The largest body that is accepted. */
const BODY_MAX_BYTES = 1_000_000;
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/i;
/** 1 to 255 visible ASCII characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const RETRY_AFTER_SECONDS = "30";

const INVALID = "Invalid Data";
const UNAUTHENTICATED = "Un Authenticate";

/**
 * `POST /server/incoming_data`: the checks in the order of the contract, then the event is durable, then the answer,
 * then the deliveries.
 */
export function ingestRoutes(api: Api): void {
  api.all(INGEST_PATH, ingest);
  describe(api);
}

async function ingest(c: Context<AppEnv>) {
  // Hono hands HEAD to the handler of GET; the request itself knows.
  const method = c.req.raw.method;
  if (method !== "POST") {
    c.header("Allow", "POST");
    return refuse(c, method === "GET" ? 400 : 405, "method_not_post", {
      path: "method",
      message: "Send the event with POST.",
    });
  }
  const mediaType = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim() ?? "";
  if (!JSON_TYPE.test(mediaType)) {
    return refuse(c, 400, "not_json", {
      path: "content-type",
      message: "Send JSON with Content-Type: application/json.",
    });
  }
  const token = c.req.header("cl-x-token") || c.req.header("cl-xtoken");
  if (!token) {
    return refuse(c, 401, "token_missing", {
      path: "CL-X-TOKEN",
      message: "Send the account's app secret token in this header.",
    });
  }
  const gateway = c.get("gateway");
  if (!(await verifyAccountToken(gateway.tokenKeys, token))) return tokenInvalid(c);
  const body = await readText(c.req.raw, BODY_MAX_BYTES);
  if (body.kind === "too_large") {
    return refuseContent(c, token, 413, "body_too_large", {
      path: "body",
      message: `Send at most ${BODY_MAX_BYTES} bytes.`,
    });
  }
  const text = body.kind === "text" ? body.text : null;
  if (text === null || !isJson(text)) {
    return refuseContent(c, token, 400, "not_json", { path: "body", message: "Send one JSON value, in UTF-8." });
  }
  const idempotencyHeader = c.req.header("cl-x-event-id") ? "CL-X-EVENT-ID" : "Idempotency-Key";
  const idempotencyKey = c.req.header(idempotencyHeader) || null;
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return refuseContent(c, token, 400, "idempotency_key_invalid", {
      path: idempotencyHeader,
      message: "Use 1 to 255 visible ASCII characters, or leave it out.",
    });
  }

  const accepted = await accept(gateway, { token, payload: text, sizeBytes: body.sizeBytes, idempotencyKey }, (work) =>
    c.executionCtx.waitUntil(work),
  );
  log("event.answered", {
    request_id: c.get("requestId"),
    kind: accepted.kind,
    size_bytes: body.sizeBytes,
    ...("eventId" in accepted && { event_id: accepted.eventId }),
    ...("deliveries" in accepted && { deliveries: accepted.deliveries }),
  });
  switch (accepted.kind) {
    case "accepted":
      c.executionCtx.waitUntil(dispatch(gateway, accepted));
      return c.json(
        { success: true, message: "Data Received", event_id: accepted.eventId, deliveries: accepted.deliveries },
        200,
      );
    case "queued":
      return c.json({ success: true, message: "Data Received", event_id: accepted.eventId, deliveries: null }, 202);
    case "duplicate":
      return c.json(
        {
          success: true,
          message: "Data Received",
          event_id: accepted.eventId,
          deliveries: accepted.deliveries,
          duplicate: true,
        },
        200,
      );
    case "conflict":
      return refuse(c, 409, "idempotency_conflict", {
        path: idempotencyHeader,
        message: `This key came with another body before, as ${accepted.eventId}. Use a new key for a new event.`,
      });
    case "token_unknown":
      return tokenInvalid(c);
    case "unavailable":
      c.header("Retry-After", RETRY_AFTER_SECONDS);
      return problem(c, 503, "unavailable", "Try again later");
  }
}

function tokenInvalid(c: Context<AppEnv>) {
  return refuse(c, 401, "token_invalid", {
    path: "CL-X-TOKEN",
    message: "This token is not valid, or not any more. Use the account's current one.",
  });
}

function refuse(c: Context<AppEnv>, status: 400 | 401 | 405 | 409 | 413, code: string, error: FieldError) {
  return problem(c, status, code, status === 401 ? UNAUTHENTICATED : INVALID, [error]);
}

/**
 * What is wrong with the content is only said to whom the token still lets in: that check comes first in the contract,
 * though for good content it is part of storing it. Where the database cannot tell, the content's fault is the answer.
 */
async function refuseContent(c: Context<AppEnv>, token: string, status: 400 | 413, code: string, error: FieldError) {
  const live = await isLiveToken(c.get("gateway"), token).catch((failure) => {
    logFault("token.not_checked", failure, { request_id: c.get("requestId") });
    return true;
  });
  return live ? refuse(c, status, code, error) : tokenInvalid(c);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function describe(api: Api): void {
  const Received = z
    .object({
      success: z.literal(true),
      message: z.literal("Data Received"),
      event_id: z.string().openapi({ example: "evt_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
      deliveries: z
        .int()
        .nullable()
        .openapi({ description: "To how many destinations it goes; null while it is only in the queue", example: 3 }),
      duplicate: z
        .literal(true)
        .optional()
        .openapi({ description: "The same key and body came before; nothing is sent twice" }),
    })
    .openapi("Received");
  const header = (description: string) => z.string().optional().openapi({ description });
  api.openAPIRegistry.registerPath({
    method: "post",
    path: INGEST_PATH,
    operationId: "receiveEvent",
    tags: ["Receiving"],
    summary: "Send an event; every destination of the account gets it",
    security: [{ account: [] }],
    request: {
      headers: z.object({
        "CL-XTOKEN": header("The token again, for callers that name it so; `CL-X-TOKEN` wins"),
        "CL-X-EVENT-ID": header("Makes the call idempotent: 1 to 255 visible ASCII characters"),
        "Idempotency-Key": header("The same under its usual name; `CL-X-EVENT-ID` wins"),
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
      409: problemAnswer("The idempotency key came with another body before"),
      413: problemAnswer("More than 1,000,000 bytes"),
      503: {
        description: "Nothing was accepted; try again later",
        headers: { "Retry-After": { schema: { type: "string" }, description: "Seconds" } },
        content: { "application/json": { schema: ProblemSchema } },
      },
    },
  });
}
