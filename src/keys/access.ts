/**
 * People by Cloudflare Access: where it stands before the pages, the runtime says who comes (`ctx.access`), and no key is
 * needed. https://developers.cloudflare.com/workers/runtime-apis/context/
 */
import { lowerRole, OPERATOR_ROLES, type OperatorRole } from "../vocabulary/roles";
import type { Operator } from "./operator";

/** The part of `ctx.access` that is used here. */
export type AccessIdentity = { getIdentity(): Promise<{ email?: string } | undefined> };

export type AccessRules = {
  /** By e-mail or by `@domain`, in lower case. */
  roles: ReadonlyMap<string, OperatorRole>;
  /** Whether a key is asked for as well. */
  keyAsWell: boolean;
};

/**
 * Reads `ann@example.com=admin, @example.com=viewer`.
 *
 * @throws an Error that says how to write it
 */
export function parseAccessRoles(text: string): Map<string, OperatorRole> {
  const parts = text.split(",").flatMap((part) => part.trim() || []);
  return new Map(
    parts.map((part) => {
      const [who = "", role] = part.split("=", 2).map((word) => word.trim().toLowerCase());
      const known = OPERATOR_ROLES.find((one) => one === role);
      if (!/^[^@\s]*@[^@\s]+$/.test(who) || known === undefined) {
        throw new Error("give e-mails or domains with a role, such as ann@example.com=admin, @example.com=viewer");
      }
      return [who, known];
    }),
  );
}

/**
 * The operator whom Access vouches for; null where it does not stand before this request, or the configuration gives that
 * e-mail no role. An e-mail's own role counts before its domain's.
 */
export async function operatorByAccess(
  { roles }: AccessRules,
  access: AccessIdentity | undefined,
): Promise<Operator | null> {
  if (access === undefined || roles.size === 0) return null;
  const email = (await access.getIdentity())?.email?.toLowerCase();
  if (email === undefined) return null;
  const role = roles.get(email) ?? roles.get(email.slice(email.lastIndexOf("@")));
  return role === undefined ? null : { id: email, name: email, role, accounts: null };
}

/** Both at once: the person by Access, with no more than the key allows. */
export function withKey(person: Operator, key: Operator): Operator {
  return { ...person, role: lowerRole(person.role, key.role), accounts: key.accounts };
}
