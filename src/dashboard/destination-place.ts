/** Where a destination stands: whose it is, and the way to it, for both kinds of viewers. */
import type { Destination } from "../destinations/destination";
import { findDestination } from "../destinations/read-destinations";
import { inView, type PageContext } from "./viewer";

/** The destination of the path, if it is this viewer's to see. */
export async function destinationInView(c: PageContext): Promise<Destination | null> {
  return inView(c.get("viewer"), await findDestination(c.get("gateway"), c.req.param("destination_id") ?? ""));
}

/** From the top to a destination's page, for both kinds of viewers. */
export function crumbsOf(c: PageContext, accountId: string, rest: { label: string; href?: string }[]) {
  return c.get("viewer").kind === "operator"
    ? [{ label: "Accounts", href: "/accounts" }, { label: accountId, href: `/accounts/${accountId}` }, ...rest]
    : [{ label: accountId, href: "" }, ...rest];
}

/** Where a destination's account is. */
export function homeOf(c: PageContext, accountId: string): string {
  return c.get("viewer").kind === "operator" ? `/dashboard/accounts/${accountId}` : "/portal";
}
