import type { Context } from "hono";
import type { Acting } from "../../audit/audit";
import type { Gateway } from "../../env";
import { type Operator, scopeOfOperator } from "../../keys/operator";
import { clientAddress } from "../../limits/address";
import { type AccountScope, covers, NO_ACCOUNT, narrowed, type OneScope } from "../../vocabulary/account-scope";
import type { Actor } from "../../vocabulary/actor";
import { allows, type PortalRole } from "../../vocabulary/roles";

/** Who looks at the pages: an operator, or a tenant through a portal link, who sees one account and nothing else. */
export type Viewer =
  | { kind: "operator"; operator: Operator; base: "/dashboard" }
  | {
      kind: "tenant";
      linkId: string;
      linkName: string;
      role: PortalRole;
      linkEndsAt: number;
      accountId: string;
      base: "/portal";
    };

export type Theme = "light" | "dark" | null;

/** What every page finds in its Hono context. */
export type PageEnv = {
  Bindings: object;
  Variables: { gateway: Gateway; requestId: string; viewer: Viewer; theme: Theme };
};
export type PageContext = Context<PageEnv>;

/** A viewer's own name, which no other has: by its key or its link, since a person has none here. */
export function nameOf(viewer: Viewer): string {
  return viewer.kind === "tenant" ? viewer.linkId : viewer.operator.id;
}

/** Whether this viewer may change what an account has: all but those whose key or link has the role `viewer`. */
export function mayChange(viewer: Viewer): boolean {
  return viewer.kind === "tenant" ? viewer.role === "editor" : allows(viewer.operator.role, "editor");
}

/** Whether this viewer may say who operates the gateway, and suspend and remove accounts. */
export function mayAdminister(viewer: Viewer): boolean {
  return viewer.kind === "operator" && allows(viewer.operator.role, "admin") && viewer.operator.accounts === null;
}

/** What this viewer may read: a tenant its own account, an operator any. Each record is looked for in that scope. */
export function scopeOf(viewer: Viewer): AccountScope {
  return viewer.kind === "tenant" ? viewer.accountId : scopeOfOperator(viewer.operator);
}

/**
 * The account that a page is about: a tenant's own whatever is asked for, an operator's choice otherwise, of one who is
 * limited to some the first of them.
 */
export function accountInView(viewer: Viewer, asked: string | undefined): string | undefined {
  if (viewer.kind === "tenant") return viewer.accountId;
  if (asked) return covers(scopeOf(viewer), asked) ? asked : NO_ACCOUNT;
  return viewer.operator.accounts?.[0];
}

/** Whose rows a page lists, see `accountInView`: nothing of an account that is not this viewer's. */
export function listScope(viewer: Viewer, asked: string | undefined): OneScope {
  return narrowed(scopeOf(viewer), accountInView(viewer, asked)) ?? NO_ACCOUNT;
}

type Who =
  | Pick<Extract<Viewer, { kind: "operator" }>, "kind" | "operator">
  | { kind: "tenant"; linkId: string; linkName?: string };

/** The gateway as this viewer acts on it: what is changed says by whom. */
export function acting(c: PageContext, viewer: Who = c.get("viewer")): Gateway & Acting {
  const address = clientAddress(c.req.raw.headers);
  const actor: Actor =
    viewer.kind === "tenant"
      ? { kind: "tenant", id: viewer.linkId, name: viewer.linkName || viewer.linkId, via: "portal", address }
      : { kind: "operator", id: viewer.operator.id, name: viewer.operator.name, via: "dashboard", address };
  return { ...c.get("gateway"), actor, requestId: c.get("requestId") };
}
