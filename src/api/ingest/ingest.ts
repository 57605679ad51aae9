import type { Context } from "hono";
import { forwardableHeaders } from "../../accounts/forward-headers";
import { HOPS_HEADER, hopsOf, MOST_HOPS } from "../../attempts/hops";
import { dispatch } from "../../deliveries/dispatch";
import { accept } from "../../events/accept";
import type { Hold } from "../../limits/held-bytes";
import { log } from "../../observability/log";
import { verifyAccountToken } from "../../security/account-token";
import type { AppEnv } from "../context";
import { tooManyRequests } from "../guards/too-many";
import { problem } from "../problem";
import { ACCEPTED_CODINGS, type ContentCoding, contentCodingOf } from "./content-coding";
import { type ReadText, readText } from "./read-text";
import { INVALID, refuse, refuseContent, suspended, tokenDead, tokenInvalid, unavailable } from "./refusals";

export const INGEST_PATH = "/server/incoming_data";

/** The largest body that is accepted. */
const BODY_MAX_BYTES = 1_000_000;
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]{1,127}\+)?json$/i;
/** A content type that is kept with its parameters. */
const SENDABLE_TYPE = /^[\t\x20-\x7e]{1,255}$/;
/** 1 to 255 visible ASCII characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const RETRY_AFTER_SECONDS = "30";
const ROOM_AGAIN_SECONDS = "1";

/**
 * `POST /server/incoming_data`: the checks in the order of the contract, then the event is durable, then the answer,
 * then the deliveries.
 */
export async function ingest(c: Context<AppEnv>) {
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
  // The same header twice arrives as one, joined by a comma, which no token holds.
  if (token.includes(",")) return tokenInvalid(c, "The token came twice: send this header once.");
  const made = await verifyAccountToken(gateway.tokenKeys, token);
  if (made === null) return tokenInvalid(c);
  const hops = hopsOf(c.req.header(HOPS_HEADER));
  if (hops > MOST_HOPS) {
    return refuseContent(c, token, 508, "loop", {
      path: HOPS_HEADER,
      message: `This event came through more than ${MOST_HOPS} gateways: a destination leads back to where it came from. Remove that destination.`,
    });
  }
  const tooMany = gateway.limiter.usedUp("bad_token", token) ?? gateway.limiter.take("account", made.accountId);
  if (tooMany !== null) return tooManyRequests(c, tooMany);
  // before the body is read, so that whoever waits holds next to nothing
  const waitMs = gateway.inFlight.backpressureMs(made.accountId);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  const coding = contentCodingOf(c.req.header("content-encoding"));
  if (coding === null) {
    c.header("Accept-Encoding", ACCEPTED_CODINGS);
    return refuseContent(c, token, 415, "encoding_unsupported", {
      path: "content-encoding",
      message: `Send the body as it is, or in one of these codings: ${ACCEPTED_CODINGS}.`,
    });
  }
  const hold = gateway.bodies.begin();
  try {
    return await take(c, { token, hops, mediaType, coding, hold });
  } finally {
    hold.end();
  }
}

type Checked = { token: string; hops: number; mediaType: string; coding: ContentCoding; hold: Hold };

/** Reads the body and makes an event of it. */
async function take(c: Context<AppEnv>, { token, hops, mediaType, coding, hold }: Checked) {
  const gateway = c.get("gateway");
  const body = await readText(c.req.raw, coding, BODY_MAX_BYTES, hold);
  if (body.kind === "no_room") return unavailable(c, ROOM_AGAIN_SECONDS);
  if (body.kind === "too_large") {
    return refuseContent(c, token, 413, "body_too_large", {
      path: "body",
      message: `Send at most ${BODY_MAX_BYTES} bytes, counted without the content coding.`,
    });
  }
  if (body.kind !== "text" || !isJson(body.text)) {
    return refuseContent(c, token, 400, "not_json", { path: "body", message: whyNotJson(body, coding) });
  }
  const { text } = body;
  const idempotencyHeader = c.req.header("cl-x-event-id") ? "CL-X-EVENT-ID" : "Idempotency-Key";
  const idempotencyKey = c.req.header(idempotencyHeader) || null;
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return refuseContent(c, token, 400, "idempotency_key_invalid", {
      path: idempotencyHeader,
      message: "Use 1 to 255 visible ASCII characters, or leave it out.",
    });
  }

  const incoming = {
    token,
    payload: text,
    sizeBytes: body.sizeBytes,
    idempotencyKey,
    contentType: keptContentType(c.req.header("content-type"), mediaType),
    headers: forwardableHeaders(c.req.raw.headers),
    hops,
  };
  const accepted = await accept(gateway, incoming, (work) => c.executionCtx.waitUntil(work));
  const line = { request_id: c.get("requestId"), size_bytes: body.sizeBytes };
  if (accepted.kind !== "accepted") {
    const eventId = "eventId" in accepted ? accepted.eventId : undefined;
    log("event.answered", { ...line, kind: accepted.kind, event_id: eventId });
  }
  switch (accepted.kind) {
    case "accepted":
      c.executionCtx.waitUntil(dispatch(gateway, accepted.dispatch, { event: "event.accepted", ...line }));
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
      return tokenDead(c, token);
    case "account_suspended":
      return suspended(c);
    case "schema_violation":
      return problem(c, 422, accepted.kind, INVALID, accepted.errors);
    case "storage_full":
      return problem(c, 507, "storage_full", "Try again later");
    case "unavailable":
      return unavailable(c, RETRY_AFTER_SECONDS);
  }
}

function whyNotJson(body: Exclude<ReadText, { kind: "too_large" | "no_room" }>, coding: ContentCoding): string {
  switch (body.kind) {
    case "not_decodable":
      return `The body is not ${coding}, as its Content-Encoding says, or is cut off.`;
    case "not_utf8":
      return "Send one JSON value, in UTF-8: the body is not UTF-8.";
    case "text":
      return body.text.startsWith("\ufeff")
        ? "The body begins with a byte order mark (U+FEFF), which JSON has not. Send it without."
        : "Send one JSON value, in UTF-8.";
  }
}

/** A type with a meaning beyond JSON's, with its parameters where they can be sent on; null for plain JSON. */
function keptContentType(header: string | undefined, mediaType: string): string | null {
  if (mediaType.toLowerCase() === "application/json") return null;
  return header !== undefined && SENDABLE_TYPE.test(header) ? header : mediaType;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
