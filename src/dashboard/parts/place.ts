/** Where a page stands: whose it is, and the way to it, for both kinds of viewers. */
import type { Destination } from "../../destinations/destination";
import { findDestination } from "../../destinations/read-destinations";
import { type PageContext, scopeOf } from "../session/viewer";
import type { Crumb } from "./page";
import { redirect } from "./redirect";

/** The destination of the path, if it is this viewer's to see. */
export function destinationInView(c: PageContext): Promise<Destination | null> {
  return findDestination(c.get("gateway"), scopeOf(c.get("viewer")), c.req.param("destination_id") ?? "");
}

/** For an address that shows something only after a form was sent. */
export function redirectToDestination(c: PageContext): Response {
  return redirect(c, `${c.get("viewer").base}/destinations/${c.req.param("destination_id")}`);
}

/** From the top to a page below an account's. */
export function crumbsOf(c: PageContext, accountId: string, ...rest: Crumb[]): Crumb[] {
  return c.get("viewer").kind === "operator"
    ? [{ label: "Accounts", href: "/accounts" }, { label: accountId, href: `/accounts/${accountId}` }, ...rest]
    : [{ label: accountId, href: "" }, ...rest];
}

type Owned = { accountId: string; destinationId: string };

/** From the top to a page below a destination's. */
export function crumbsBelow(c: PageContext, { accountId, destinationId }: Owned, label: string): Crumb[] {
  return crumbsOf(c, accountId, { label: destinationId, href: `/destinations/${destinationId}` }, { label });
}

/** Where an account's page is. */
export function homeOf(c: PageContext, accountId: string): string {
  return c.get("viewer").kind === "operator" ? `/dashboard/accounts/${accountId}` : "/portal";
}
