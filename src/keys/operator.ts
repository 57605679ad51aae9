import type { Database } from "../db/database";
import type { OperatorKeyRow } from "../db/keys";
import type { Limiter } from "../limits/limiter";
import type { OperatorRole } from "../vocabulary/roles";

/** Whoever presented an operator's key. The first key, `ADMIN_TOKEN`, has no id. */
export type Operator = { keyId: string | null; name: string; role: OperatorRole };

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
