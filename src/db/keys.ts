/** Statements on operators' keys. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, isNull, lt, or, type SQL } from "drizzle-orm";
import type { Database } from "./database";
import { operatorKeys } from "./schema";

export type OperatorKeyRow = Omit<
  typeof operatorKeys.$inferSelect,
  "expiresAt" | "accounts" | "createdBy" | "signedBy"
>;

const OPERATOR = { keyId: operatorKeys.keyId, name: operatorKeys.name, role: operatorKeys.role };

export function insertKey(db: Database, key: OperatorKeyRow) {
  return db.insert(operatorKeys).values(key);
}

export function selectKeyByHash(db: Database, keyHash: string) {
  return db.select(OPERATOR).from(operatorKeys).where(eq(operatorKeys.keyHash, keyHash));
}

export function selectKey(db: Database, keyId: string | SQL<string>) {
  return db.select(OPERATOR).from(operatorKeys).where(eq(operatorKeys.keyId, keyId));
}

/** Notes that the key is in use, unless that was noted after `since`. */
export function touchKey(
  db: Database,
  key: { keyHash: string; keyId?: never } | { keyId: string | SQL<string>; keyHash?: never },
  since: number,
  now: number,
) {
  const named = key.keyId === undefined ? eq(operatorKeys.keyHash, key.keyHash) : eq(operatorKeys.keyId, key.keyId);
  return db
    .update(operatorKeys)
    .set({ lastUsedAt: now })
    .where(and(named, or(isNull(operatorKeys.lastUsedAt), lt(operatorKeys.lastUsedAt, since))));
}

/** Newest first, with ids below `before`. */
export function selectKeys(db: Database, before: string | undefined, limit: number) {
  const { keyId, name, role, lastFour, createdAt, lastUsedAt } = operatorKeys;
  return db
    .select({ keyId, name, role, lastFour, createdAt, lastUsedAt })
    .from(operatorKeys)
    .where(before === undefined ? undefined : lt(keyId, before))
    .orderBy(desc(keyId))
    .limit(limit);
}

export function deleteKey(db: Database, keyId: string) {
  return db.delete(operatorKeys).where(eq(operatorKeys.keyId, keyId)).returning({ keyId: operatorKeys.keyId });
}
