import type { Context } from "hono";
import type { Gateway } from "../../env";
import type { Operator } from "../../keys/operator";

/** Who looks at the pages: an operator, or a tenant through a portal link, who sees one account and nothing else. */
export type Viewer =
  | { kind: "operator"; operator: Operator; base: "/dashboard" }
  | { kind: "tenant"; linkId: string; accountId: string; base: "/portal" };

export type Theme = "light" | "dark" | null;

/** What every page finds in its Hono context. */
export type PageEnv = {
  Bindings: object;
  Variables: { gateway: Gateway; requestId: string; viewer: Viewer; theme: Theme };
};
export type PageContext = Context<PageEnv>;

/** Whether this viewer may change anything: all but an operator with a `viewer` key. */
export function mayChange(viewer: Viewer): boolean {
  return viewer.kind === "tenant" || viewer.operator.role === "admin";
}

/** The account that lists are narrowed to: a tenant's own whatever is asked for, an operator's choice otherwise. */
export function accountInView(viewer: Viewer, asked: string | undefined): string | undefined {
  return viewer.kind === "tenant" ? viewer.accountId : asked || undefined;
}

/** The record if it is this viewer's to see; another account's is as unknown as one that does not exist. */
export function inView<Found extends { accountId: string }>(viewer: Viewer, found: Found | null): Found | null {
  return found && (viewer.kind === "operator" || found.accountId === viewer.accountId) ? found : null;
}
