/** A query that crosses tenants has to say so, with this. */
export const ANY_ACCOUNT = Symbol("any account");

/** Whose rows to read: those of the account with that id, or of every account. */
export type AccountScope = string | typeof ANY_ACCOUNT;
