import { createMiddleware } from "hono/factory";
import type { LimitName } from "../../limits/limits";
import { tooManyPage } from "../parts/too-many";
import { nameOf, type PageEnv } from "./viewer";

/** The same limits as those of the API, by how the path of a form ends. */
const ACTS: [form: RegExp, limit: LimitName][] = [
  [/\/new-account$|\/accounts\/[^/]+\/(?:remove|suspend|resume)$/, "accounts"],
  [/\/new-destination$|\/destinations\/[^/]+\/remove$/, "destinations"],
  [/\/(?:token|secret)$|\/tokens\/[^/]+\/revoke$/, "tokens"],
  [/\/portal-links(?:\/[^/]+\/revoke)?$/, "portal_links"],
  [/\/keys(?:\/[^/]+\/revoke)?$/, "keys"],
  [/\/test$/, "test_events"],
  [/\/recover$/, "recoveries"],
  [/\/(?:deliver|redeliver|resend|wipe)$/, "redeliveries"],
];

/** Which limit a form counts for; null for one that makes nothing. */
export function limitOfForm(path: string): LimitName | null {
  return ACTS.find(([form]) => form.test(path))?.[1] ?? null;
}

/** Limits what a viewer does with forms: an operator by its key, a tenant by its account. */
export const limitActs = createMiddleware<PageEnv>(async (c, next) => {
  const limit = c.req.method === "POST" ? limitOfForm(c.req.path) : null;
  if (limit === null) return next();
  const viewer = c.get("viewer");
  const caller = viewer.kind === "tenant" ? `tenant ${viewer.accountId}` : nameOf(viewer);
  const tooMany = c.get("gateway").limiter.take(limit, caller);
  return tooMany === null ? next() : tooManyPage(c, tooMany);
});
