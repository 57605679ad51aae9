/** A query that crosses tenants has to say so, with this. */
export const ANY_ACCOUNT = Symbol("any account");

/** Whose rows a list is of: those of the account with that id, or of every account. */
export type OneScope = string | typeof ANY_ACCOUNT;

/** In whose rows a record is looked for: those of one account, of some, or of every account. */
export type AccountScope = OneScope | readonly string[];

/** Whether what belongs to that account is in scope. */
export function covers(scope: AccountScope, accountId: string): boolean {
  return scope === ANY_ACCOUNT || [scope].flat().includes(accountId);
}

/** No account is called that: a list of it is empty. */
export const NO_ACCOUNT = "";

/**
 * The scope of a list of which only `asked` is wanted, where that is given. Null when several accounts are in scope and
 * none was named: a list is of one account or of all of them, which its indexes serve.
 */
export function narrowed(scope: AccountScope, asked: string | undefined): OneScope | null {
  if (asked !== undefined) return covers(scope, asked) ? asked : NO_ACCOUNT;
  if (scope === ANY_ACCOUNT || typeof scope === "string") return scope;
  return scope.length > 1 ? null : (scope[0] ?? NO_ACCOUNT);
}
