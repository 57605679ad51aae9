import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context";
import { problem } from "../problem";

/** Ten times what the largest destination needs. */
const BODY_MAX_BYTES = 100_000;
const JSON_TYPE = /^application\/(?:[a-z-.]+\+)?json$/i;

/** Limits a body to more than any route here could need. */
export const limitBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: (c) => problem(c, 413, "body_too_large", `Send at most ${BODY_MAX_BYTES} bytes.`),
});

/**
 * Refuses a body that is not declared as JSON, which validation would otherwise treat as missing. An empty body counts as
 * none, whatever its declared type.
 */
export const requireJson = createMiddleware<AppEnv>(async (c, next) => {
  const { raw } = c.req;
  if (raw.body === null || c.req.header("content-length") === "0") {
    const headers = new Headers(raw.headers);
    headers.delete("content-type");
    c.req.raw = new Request(raw.url, { method: raw.method, headers });
    return next();
  }
  const mediaType = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim() ?? "";
  if (!JSON_TYPE.test(mediaType)) {
    return problem(c, 415, "not_json", "Send JSON with Content-Type: application/json.");
  }
  return next();
});
