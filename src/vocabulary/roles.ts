/** What an operator may do: an `admin` everything, a `viewer` see everything and change nothing. */
export const OPERATOR_ROLES = ["admin", "viewer"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];
