import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context";
import { problem } from "./problem";

/** Refuses a body that does not say it is JSON, which validation would otherwise take for no body at all. */
export const requireJson = createMiddleware<AppEnv>(async (c, next) => {
  const mediaType = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim() ?? "";
  if (c.req.raw.body !== null && !/^application\/(?:[a-z-.]+\+)?json$/i.test(mediaType)) {
    return problem(c, 415, "not_json", "Send JSON with Content-Type: application/json.");
  }
  return next();
});
