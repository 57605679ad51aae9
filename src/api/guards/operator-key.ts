import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Identified, identify } from "../../keys/identify";
import { addressOf } from "../../limits/address";
import { allows, type OperatorRole } from "../../vocabulary/roles";
import type { AppEnv } from "../context";
import { problem } from "../problem";
import { tooManyRequests } from "./too-many";

const SAFE_METHODS = ["GET", "HEAD"];

/** Requires an operator's key, `Authorization: Bearer …` (RFC 6750), with a role that allows what is asked for. */
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
  const needed = roleFor(c.req.method, c.req.path);
  if (!allows(operator.role, needed)) return forbidden(c, operator.role, needed);
  c.set("operator", operator);
  return next();
});

const FOR_ADMINS: [method: string, path: RegExp][] = [
  ["POST", /^\/keys/],
  ["DELETE", /^\/keys/],
  ["DELETE", /^\/accounts\/[^/]+$/],
];

function roleFor(method: string, path: string): OperatorRole {
  if (SAFE_METHODS.includes(method)) return "viewer";
  return FOR_ADMINS.some(([one, paths]) => one === method && paths.test(path)) ? "admin" : "editor";
}

/** 403, for a role that does not suffice. */
export function forbidden(c: Context<AppEnv>, role: OperatorRole, needed: OperatorRole) {
  return problem(c, 403, "forbidden", `This key's role is ${role}. It takes the role ${needed}: use such a key.`);
}

/** The operator whose key the request carries, or what is wrong with it. */
export async function operatorOfRequest(c: Context<AppEnv>): Promise<Identified | { kind: "missing" }> {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined) return { kind: "missing" };
  return identify(c.get("gateway"), given, { limit: "bad_key", address: addressOf(c.req.raw.headers) });
}
