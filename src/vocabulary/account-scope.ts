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

/** What of the scope is wanted: `asked` alone, where that is given. */
export function within(scope: AccountScope, asked: string | undefined): AccountScope {
  if (asked === undefined) return scope;
  return covers(scope, asked) ? asked : NO_ACCOUNT;
}

/**
 * The same for a list that is of one account or of all of them, which its indexes serve. Null when several accounts are
 * in scope and none was named.
 */
export function narrowed(scope: AccountScope, asked: string | undefined): OneScope | null {
  const wanted = within(scope, asked);
  if (wanted === ANY_ACCOUNT || typeof wanted === "string") return wanted;
  return wanted.length > 1 ? null : (wanted[0] ?? NO_ACCOUNT);
}
