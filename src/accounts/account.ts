import type { AccountRow } from "../db/accounts";
import type { Database } from "../db/database";

/** A tenant. Its token is known only at the moment it is made. */
export type Account = Omit<AccountRow, "id" | "forwardHeaders"> & { forwardHeaders: string[] };

export type AccountContext = {
  db: Database;
  /** The keys that sign account tokens: the first signs, all of them verify. */
  tokenKeys: Uint8Array[];
  now: () => number;
};

/** The settings of an account that people can change, already validated. */
export type AccountInput = { email: string; accountName: string; website: string | null; forwardHeaders: string[] };

/** E-mail addresses are unique regardless of case. */
export function emailKey(email: string): string {
  return email.toLowerCase();
}

export function accountOf({ id: _, forwardHeaders, ...account }: AccountRow): Account {
  return { ...account, forwardHeaders: forwardHeaders ?? [] };
}
