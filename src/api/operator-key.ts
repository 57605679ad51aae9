import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { constantTimeEqual } from "../security/constant-time";
import type { AppEnv } from "./context";
import { problem } from "./problem";

/** Lets nobody through without an operator's key: `Authorization: Bearer …` (RFC 6750). */
export const requireOperatorKey = createMiddleware<AppEnv>(async (c, next) => {
  const refused = await keyProblem(c);
  if (refused === null) return next();
  c.header("WWW-Authenticate", 'Bearer realm="data-pusher"');
  return refused === "missing"
    ? problem(c, 401, "operator_key_missing", "Send the operator's key: Authorization: Bearer <ADMIN_TOKEN>.")
    : problem(c, 401, "operator_key_invalid", "This is not an operator's key of this gateway.");
});

/** What is wrong with the operator's key of the request; null when it is one of ours. */
export async function keyProblem(c: Context<AppEnv>): Promise<"missing" | "invalid" | null> {
  const { adminToken } = c.get("gateway");
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined) return "missing";
  return adminToken !== null && (await constantTimeEqual(given, adminToken)) ? null : "invalid";
}
