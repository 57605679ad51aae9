import type { OperatorKeyRow } from "../db/access/keys";
import type { Database } from "../db/database";
import type { Limiter } from "../limits/limiter";
import { type AccountScope, ANY_ACCOUNT } from "../vocabulary/account-scope";
import type { OperatorRole } from "../vocabulary/roles";

/** Who operates the gateway, by a key or by Cloudflare Access. */
export type Operator = {
  /** A stored key's id, `ADMIN_TOKEN`, or the e-mail that Access vouches for. */
  id: string;
  name: string;
  role: OperatorRole;
  /** The accounts that this one is limited to; null is any. */
  accounts: readonly string[] | null;
};

/** What this operator reads and changes. */
export function scopeOfOperator({ accounts }: Operator): AccountScope {
  return accounts ?? ANY_ACCOUNT;
}

/** A stored key as people see it; the key itself is known only at the moment it is made. */
export type OperatorKey = Omit<OperatorKeyRow, "keyHash">;

export type KeyContext = {
  db: Database;
  /** `ADMIN_TOKEN`; null when there is none, and only stored keys work. */
  adminToken: string | null;
  /** The keys that sign operators' keys: the first signs, all of them verify. */
  tokenKeys: Uint8Array[];
  limiter: Limiter;
  now: () => number;
};
