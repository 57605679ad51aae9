/** Who looks at a page: signing in and out, the cookies of operators and tenants, and what each may do. */

import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { openPortalLink, portalLinkIsLive } from "../../accounts/portal-links";
import type { Gateway } from "../../env";
import { type Identified, identify, operatorById } from "../../keys/identify";
import type { Operator } from "../../keys/operator";
import { addressOf } from "../../limits/address";
import { sha256Hex } from "../../security/sha256";
import { redirect } from "../parts/redirect";
import type { PageContext, PageEnv } from "./viewer";

/** An operator's session ends after this, a tenant's with its link. */
const SESSION_MS = 12 * 3_600_000;
const OPERATOR_COOKIE = "dp_operator";
const TENANT_COOKIE = "dp_tenant";

/** `key` is an operator key's id; for the admin's first key, which has none, a mark of it: changing it ends its sessions. */
type OperatorSession = { key: string; expiresAt: number };
type TenantSession = { linkId: string; accountId: string; expiresAt: number };

/** Signs the operator in whose key this is; says why not when it is none of ours. */
export async function signIn(c: PageContext, key: string): Promise<Identified> {
  const gateway = c.get("gateway");
  const found = await identify(gateway, key, { limit: "sign_in", address: addressOf(c.req.raw.headers) });
  if (found.kind !== "operator") return found;
  const { operator } = found;
  const session: OperatorSession = {
    key: operator.keyId ?? (await adminMark(gateway)),
    expiresAt: gateway.now() + SESSION_MS,
  };
  await writeCookie(c, OPERATOR_COOKIE, "/dashboard", session);
  return found;
}

/** Lets the tenant in whose link this is; false when it is not valid, or not any more. */
export async function enterPortal(c: PageContext, token: string): Promise<boolean> {
  const link = await openPortalLink(c.get("gateway"), token);
  if (!link) return false;
  await writeCookie(c, TENANT_COOKIE, "/portal", { ...link } satisfies TenantSession);
  return true;
}

export function signOut(c: PageContext): void {
  deleteCookie(c, OPERATOR_COOKIE, { path: "/dashboard" });
}

export function leavePortal(c: PageContext): void {
  deleteCookie(c, TENANT_COOKIE, { path: "/portal" });
}

/** Only operators from here on; everyone else is asked to sign in, and comes back to where they were. */
export const operatorsOnly = createMiddleware<PageEnv>(async (c, next) => {
  const operator = await operatorOfSession(c);
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
  const gateway = c.get("gateway");
  const session = await readCookie<TenantSession>(c, TENANT_COOKIE);
  if (!session || !(await portalLinkIsLive(gateway, session.linkId))) return redirect(c, "/portal/closed");
  c.set("viewer", { kind: "tenant", linkId: session.linkId, accountId: session.accountId, base: "/portal" });
  return next();
});

async function operatorOfSession(c: PageContext): Promise<Operator | null> {
  const gateway = c.get("gateway");
  const session = await readCookie<OperatorSession>(c, OPERATOR_COOKIE);
  if (!session) return null;
  if (session.key.startsWith("key_")) return operatorById(gateway, session.key);
  return session.key === (await adminMark(gateway)) ? operatorById(gateway, null) : null;
}

async function adminMark(gateway: Gateway): Promise<string> {
  return (await sha256Hex(`session:${gateway.adminToken}`)).slice(0, 32);
}

async function writeCookie(c: PageContext, name: string, path: string, session: { expiresAt: number }): Promise<void> {
  await setSignedCookie(c, name, btoa(JSON.stringify(session)), secretOf(c, name), {
    path,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
    expires: new Date(session.expiresAt),
  });
}

async function readCookie<Session extends { expiresAt: number }>(
  c: PageContext,
  name: string,
): Promise<Session | null> {
  const value = await getSignedCookie(c, secretOf(c, name), name);
  if (!value) return null;
  const session: Session = JSON.parse(atob(value));
  return session.expiresAt > c.get("gateway").now() ? session : null;
}

/** Sessions are signed with the newest token key, and end when it is replaced; one kind cannot pass for the other. */
function secretOf(c: PageContext, name: string): ArrayBuffer {
  const [key] = c.get("gateway").tokenKeys;
  if (!key) throw new Error("TOKEN_KEYS holds no key");
  return new TextEncoder().encode(`session:${name}:${btoa(String.fromCharCode(...key))}`).buffer as ArrayBuffer;
}

/** Local development is plain HTTP, where a browser would drop a Secure cookie. */
export function isSecure(c: PageContext): boolean {
  return new URL(c.req.url).protocol === "https:";
}
