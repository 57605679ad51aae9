import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { identify } from "../keys/identify";
import type { Operator } from "../keys/operator";
import type { AppEnv } from "./context";
import { problem } from "./problem";

const SAFE_METHODS = ["GET", "HEAD"];

/** Requires an operator's key, `Authorization: Bearer …` (RFC 6750), and an admin's for anything but reading. */
export const requireOperatorKey = createMiddleware<AppEnv>(async (c, next) => {
  const operator = await operatorOfRequest(c);
  if (operator === "missing" || operator === "invalid") {
    c.header("WWW-Authenticate", 'Bearer realm="data-pusher"');
    return operator === "missing"
      ? problem(c, 401, "operator_key_missing", "Send the operator's key: Authorization: Bearer <ADMIN_TOKEN>.")
      : problem(c, 401, "operator_key_invalid", "This is not an operator's key of this gateway.");
  }
  if (operator.role === "viewer" && !SAFE_METHODS.includes(c.req.method)) {
    const message = "This key's role is viewer: it reads and changes nothing. Use a key whose role is admin.";
    return problem(c, 403, "forbidden", message);
  }
  c.set("operator", operator);
  return next();
});

/** The operator whose key the request carries, or what is wrong with it. */
export async function operatorOfRequest(c: Context<AppEnv>): Promise<Operator | "missing" | "invalid"> {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined) return "missing";
  return (await identify(c.get("gateway"), given)) ?? "invalid";
}
