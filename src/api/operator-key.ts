import { createMiddleware } from "hono/factory";
import { constantTimeEqual } from "../security/constant-time";
import type { AppEnv } from "./context";
import { problem } from "./problem";

/** Lets nobody through without an operator's key: `Authorization: Bearer …` (RFC 6750). */
export const requireOperatorKey = createMiddleware<AppEnv>(async (c, next) => {
  const { adminToken } = c.get("gateway");
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given !== undefined && adminToken !== null && (await constantTimeEqual(given, adminToken))) return next();
  c.header("WWW-Authenticate", 'Bearer realm="data-pusher"');
  if (given === undefined)
    return problem(c, 401, "operator_key_missing", "Send the operator's key: Authorization: Bearer <ADMIN_TOKEN>.");
  return problem(c, 401, "operator_key_invalid", "This is not an operator's key of this gateway.");
});
