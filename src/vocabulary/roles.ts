/** What an operator may do: an `admin` everything, a `viewer` see everything and change nothing. */
export const OPERATOR_ROLES = ["admin", "viewer"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** What whoever enters by a portal link may do in its account. */
export const PORTAL_ROLES = ["editor", "viewer"] as const;
export type PortalRole = (typeof PORTAL_ROLES)[number];
