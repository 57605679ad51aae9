import type { AccountRow } from "../db/accounts";
import type { Database } from "../db/database";
import type { WireName } from "../vocabulary/wire-name";

/** A tenant. Its token is known only at the moment it is made. */
export type Account = Omit<AccountRow, "id" | "forwardHeaders" | "publicHeaders"> & {
  forwardHeaders: string[];
  publicHeaders: string[];
};

export type AccountContext = {
  db: Database;
  /** The keys that sign account tokens: the first signs, all of them verify. */
  tokenKeys: Uint8Array[];
  now: () => number;
};

/** The settings of an account that people can change, already validated. */
export type AccountInput = {
  email: string;
  accountName: string;
  website: string | null;
  forwardHeaders: string[];
  /** Names of destinations' headers whose values are no secret, in lower case. */
  publicHeaders: string[];
  /** Events a second; null is the gateway's default. */
  rateLimit: number | null;
  /** Where its events have their type, see event-types. */
  eventTypePath: string | null;
  eventTypeHeader: string | null;
};

/** What the account of operational events is called. It is found by its kind; a customer's of that name is from before. */
export const OPERATIONS_ACCOUNT_ID = "operations";

/** Whether a customer may not be called that. */
export function isReserved(accountId: string): boolean {
  return accountId.toLowerCase() === OPERATIONS_ACCOUNT_ID;
}

/** E-mail addresses are unique regardless of case. */
export function emailKey(email: string): string {
  return email.toLowerCase();
}

/** A name as searches compare it: without regard to case or to how its letters are composed. SQLite folds ASCII only. */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** A settings' record as the audit trail keeps it, by its names on the wire. */
export function auditFields(input: AccountInput): Record<WireName<keyof AccountInput>, unknown> {
  return {
    email: input.email,
    account_name: input.accountName,
    website: input.website,
    forward_headers: input.forwardHeaders,
    public_headers: input.publicHeaders,
    rate_limit: input.rateLimit,
    event_type_path: input.eventTypePath,
    event_type_header: input.eventTypeHeader,
  };
}

export function accountOf({ id: _, forwardHeaders, publicHeaders, ...account }: AccountRow): Account {
  return { ...account, forwardHeaders: forwardHeaders ?? [], publicHeaders: publicHeaders ?? [] };
}
