import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { comeAgain, rateLimitHeaders } from "../../limits/headers";
import type { TooMany } from "../../limits/limiter";
import type { LimitName } from "../../limits/limits";
import type { Api, AppEnv } from "../context";
import { problem } from "../problem";

/** 429, with when to come again. */
export function tooManyRequests(c: Context<AppEnv>, tooMany: TooMany) {
  for (const [name, value] of rateLimitHeaders(tooMany)) c.header(name, value);
  return problem(c, 429, "rate_limited", "Too Many Requests", [{ path: tooMany.name, message: comeAgain(tooMany) }]);
}

/** What an operator can make, send again or remove only so often. */
const ACTS: [method: "POST" | "PUT" | "DELETE", path: string, limit: LimitName][] = [
  ["POST", "/accounts", "accounts"],
  ["DELETE", "/accounts/:account_id", "accounts"],
  ["POST", "/accounts/:account_id/tokens", "tokens"],
  ["DELETE", "/accounts/:account_id/tokens/:token_id", "tokens"],
  ["POST", "/accounts/:account_id/portal-links", "portal_links"],
  ["DELETE", "/accounts/:account_id/portal-links/:portal_link_id", "portal_links"],
  ["PUT", "/accounts/:account_id/event-types/:event_type", "accounts"],
  ["DELETE", "/accounts/:account_id/event-types/:event_type", "accounts"],
  ["POST", "/accounts/:account_id/destinations", "destinations"],
  ["POST", "/destinations", "destinations"],
  ["DELETE", "/destinations/:destination_id", "destinations"],
  ["POST", "/destinations/:destination_id/secrets", "tokens"],
  ["POST", "/destinations/:destination_id/tests", "test_events"],
  ["POST", "/destinations/:destination_id/filter-tests", "test_events"],
  ["POST", "/destinations/:destination_id/recoveries", "recoveries"],
  ["DELETE", "/events/:event_id", "redeliveries"],
  ["POST", "/events/:event_id/redeliveries", "redeliveries"],
  ["POST", "/events/:event_id/deliveries", "redeliveries"],
  ["POST", "/deliveries/:delivery_id/redeliveries", "redeliveries"],
  ["POST", "/dead-letters/:dead_letter_id/redeliveries", "redeliveries"],
  ["POST", "/keys", "keys"],
  ["DELETE", "/keys/:key_id", "keys"],
];

/** Limits what each operator does; to be called behind the check of the key. */
export function limitActs(api: Api): void {
  for (const [method, path, limit] of ACTS) {
    const limited = createMiddleware<AppEnv>(async (c, next) => {
      const tooMany = c.get("gateway").limiter.take(limit, c.get("operator").id);
      return tooMany === null ? next() : tooManyRequests(c, tooMany);
    });
    api.on(method, path, limited);
  }
}
