import type { Context } from "hono";
import type { Gateway } from "../../env";
import type { Operator } from "../../keys/operator";
import { type AccountScope, ANY_ACCOUNT } from "../../vocabulary/account-scope";
import type { PortalRole } from "../../vocabulary/roles";

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
  return viewer.kind === "tenant" ? viewer.linkId : (viewer.operator.keyId ?? "ADMIN_TOKEN");
}

/** Whether this viewer may change anything: all but those whose key or link has the role `viewer`. */
export function mayChange(viewer: Viewer): boolean {
  return viewer.kind === "tenant" ? viewer.role === "editor" : viewer.operator.role === "admin";
}

/** What this viewer may read: a tenant its own account, an operator any. Each record is looked for in that scope. */
export function scopeOf(viewer: Viewer): AccountScope {
  return viewer.kind === "tenant" ? viewer.accountId : ANY_ACCOUNT;
}

/** The account that a page is about: a tenant's own whatever is asked for, an operator's choice otherwise. */
export function accountInView(viewer: Viewer, asked: string | undefined): string | undefined {
  return viewer.kind === "tenant" ? viewer.accountId : asked || undefined;
}
