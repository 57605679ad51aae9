/** Said by whoever reads across tenants, in so many words. */
export const ANY_ACCOUNT = Symbol("any account");

/** Whose rows are read: those of the account with that id, or of any. */
export type AccountScope = string | typeof ANY_ACCOUNT;
