import type { Database } from "../db/database";
import type { OperatorKeyRow } from "../db/keys";
import type { OperatorRole } from "../vocabulary/roles";

/** Whoever came with an operator's key. The first key, `ADMIN_TOKEN`, has no id. */
export type Operator = { keyId: string | null; name: string; role: OperatorRole };

/** A stored key as people see it; the key itself is known only in the moment it is made. */
export type OperatorKey = Omit<OperatorKeyRow, "keyHash">;

export type KeyContext = {
  db: Database;
  /** The first key; null when there is none, and stored keys alone open. */
  adminToken: string | null;
  now: () => number;
};
