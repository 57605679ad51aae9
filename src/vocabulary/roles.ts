/**
 * What an operator may do: a `viewer` sees and changes nothing; an `editor` also changes what accounts have; an `admin`
 * also makes operators' keys, and suspends and removes accounts. The lowest first.
 */
export const OPERATOR_ROLES = ["viewer", "editor", "admin"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whether that role may do what asks for this one. */
export function allows(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}

/** The lower of two roles. */
export function lowerRole(one: OperatorRole, other: OperatorRole): OperatorRole {
  return allows(one, other) ? other : one;
}

/** What whoever enters by a portal link may do in its account. */
export const PORTAL_ROLES = ["editor", "viewer"] as const;
export type PortalRole = (typeof PORTAL_ROLES)[number];
