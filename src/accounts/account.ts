import type { AccountRow } from "../db/accounts";
import type { Database } from "../db/database";

/** A tenant. Its token is known only in the moment it is made. */
export type Account = Omit<AccountRow, "id" | "forwardHeaders"> & { forwardHeaders: string[] };

export type AccountContext = {
  db: Database;
  /** Under which account tokens prove themselves; the first signs. */
  tokenKeys: Uint8Array[];
  now: () => number;
};

/** What a person says of an account; already checked for form. */
export type AccountInput = { email: string; accountName: string; website: string | null; forwardHeaders: string[] };

/** E-mail addresses are unique without regard to case. */
export function emailKey(email: string): string {
  return email.toLowerCase();
}

export function accountOf({ id: _, forwardHeaders, ...account }: AccountRow): Account {
  return { ...account, forwardHeaders: forwardHeaders ?? [] };
}
