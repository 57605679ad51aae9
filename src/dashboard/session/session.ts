/** Who looks at a page: signing in and out, and what stands between a request and the pages. */

import { createMiddleware } from "hono/factory";
import { type AccessIdentity, operatorByAccess, withKey } from "../../keys/access";
import { type Identified, identify } from "../../keys/identify";
import type { Operator } from "../../keys/operator";
import { addressOf } from "../../limits/address";
import { verifyPortalToken } from "../../security/portal-token";
import { endSession, endSessionsOf } from "../../sessions/end-sessions";
import { openOperatorSession, openTenantSession } from "../../sessions/open-session";
import { operatorOfSession, tenantOfSession } from "../../sessions/read-session";
import type { OpenedSession } from "../../sessions/session";
import { redirect } from "../parts/redirect";
import { dropCookie, readCookie, writeCookie } from "./cookies";
import { acting, type PageContext, type PageEnv } from "./viewer";

const OPERATOR_COOKIE = "dp_operator";
const TENANT_COOKIE = "dp_tenant";

/** Signs the operator in whose key this is; says why not when it is none of ours. */
export async function signIn(c: PageContext, key: string): Promise<Identified> {
  const gateway = c.get("gateway");
  const found = await identify(gateway, key, { limit: "sign_in", address: addressOf(c.req.raw.headers) });
  if (found.kind !== "operator") return found;
  const { operator } = found;
  const actor = acting(c, { kind: "operator", operator });
  keep(c, OPERATOR_COOKIE, await openOperatorSession(actor, operator, readCookie(c, OPERATOR_COOKIE)));
  return found;
}

/** Lets the tenant in whose link this is; false when it is not valid, or not any more. */
export async function enterPortal(c: PageContext, token: string): Promise<boolean> {
  const gateway = c.get("gateway");
  const linkId = await verifyPortalToken(gateway.tokenKeys, token);
  if (linkId === null) return false;
  const actor = acting(c, { kind: "tenant", linkId });
  const opened = await openTenantSession(actor, linkId, readCookie(c, TENANT_COOKIE));
  if (opened !== null) keep(c, TENANT_COOKIE, opened);
  return opened !== null;
}

export async function signOut(c: PageContext): Promise<void> {
  const session = readCookie(c, OPERATOR_COOKIE);
  const operator = await operatorOfSession(c.get("gateway"), session);
  if (operator !== null) await endSession(acting(c, { kind: "operator", operator }), session, null);
  dropCookie(c, OPERATOR_COOKIE);
}

/** Ends all sessions that were opened with the operator's key, in whatever browser. */
export async function signOutEverywhere(c: PageContext): Promise<void> {
  const viewer = c.get("viewer");
  if (viewer.kind === "operator") await endSessionsOf(acting(c), viewer.operator);
  dropCookie(c, OPERATOR_COOKIE);
}

export async function leavePortal(c: PageContext): Promise<void> {
  const session = readCookie(c, TENANT_COOKIE);
  const link = await tenantOfSession(c.get("gateway"), session);
  if (link !== null) {
    const { linkId, accountId } = link;
    await endSession(acting(c, { kind: "tenant", linkId }), session, accountId);
  }
  dropCookie(c, TENANT_COOKIE);
}

/** Only operators from here on; everyone else is asked to sign in, and comes back to where they were. */
export const operatorsOnly = createMiddleware<PageEnv>(async (c, next) => {
  const operator = await operatorHere(c);
  if (!operator) {
    const { pathname, search } = new URL(c.req.url);
    const back = c.req.method === "GET" ? `?back=${encodeURIComponent(pathname + search)}` : "";
    return redirect(c, `/dashboard/sign-in${back}`);
  }
  c.set("viewer", { kind: "operator", operator, base: "/dashboard" });
  return next();
});

/** Only tenants with a live link from here on. */
export const tenantsOnly = createMiddleware<PageEnv>(async (c, next) => {
  const link = await tenantOfSession(c.get("gateway"), readCookie(c, TENANT_COOKIE));
  if (!link) return redirect(c, "/portal/closed");
  const { linkId, name: linkName, role, expiresAt: linkEndsAt, accountId } = link;
  c.set("viewer", { kind: "tenant", linkId, linkName, role, linkEndsAt, accountId, base: "/portal" });
  return next();
});

function keep(c: PageContext, name: typeof OPERATOR_COOKIE | typeof TENANT_COOKIE, opened: OpenedSession): void {
  writeCookie(c, name, opened.session, { expires: new Date(opened.expiresAt) });
}

/** By Cloudflare Access where that names someone with a role, by the session otherwise, or by both. */
async function operatorHere(c: PageContext): Promise<Operator | null> {
  const gateway = c.get("gateway");
  const context = c.executionCtx as typeof c.executionCtx & { access?: AccessIdentity };
  const person = await operatorByAccess(gateway.access, context.access);
  if (person !== null && !gateway.access.keyAsWell) return person;
  const operator = await operatorOfSession(gateway, readCookie(c, OPERATOR_COOKIE));
  if (operator === null || !gateway.access.keyAsWell) return operator;
  return person === null ? null : withKey(person, operator);
}
