import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Identified, identify } from "../../keys/identify";
import { addressOf } from "../../limits/address";
import type { AppEnv } from "../context";
import { problem } from "../problem";
import { tooManyRequests } from "./too-many";

const SAFE_METHODS = ["GET", "HEAD"];

/** Requires an operator's key, `Authorization: Bearer …` (RFC 6750), and an admin's for anything but reading. */
export const requireOperatorKey = createMiddleware<AppEnv>(async (c, next) => {
  const found = await operatorOfRequest(c);
  if (found.kind === "too_many") return tooManyRequests(c, found.tooMany);
  if (found.kind !== "operator") {
    c.header("WWW-Authenticate", 'Bearer realm="data-pusher"');
    return found.kind === "missing"
      ? problem(c, 401, "operator_key_missing", "Send the operator's key: Authorization: Bearer <ADMIN_TOKEN>.")
      : problem(c, 401, "operator_key_invalid", "This is not an operator's key of this gateway.");
  }
  const { operator } = found;
  if (operator.role === "viewer" && !SAFE_METHODS.includes(c.req.method)) {
    const message = "This key's role is viewer: it reads and changes nothing. Use a key whose role is admin.";
    return problem(c, 403, "forbidden", message);
  }
  c.set("operator", operator);
  return next();
});

/** The operator whose key the request carries, or what is wrong with it. */
export async function operatorOfRequest(c: Context<AppEnv>): Promise<Identified | { kind: "missing" }> {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined) return { kind: "missing" };
  return identify(c.get("gateway"), given, { limit: "bad_key", address: addressOf(c.req.raw.headers) });
}
