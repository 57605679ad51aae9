/** Statements on operators' keys. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, getTableColumns, gt, isNull, lt, or, type SQL } from "drizzle-orm";
import type { Database } from "../database";
import { operatorKeys } from "../schema";

export type OperatorKeyRow = Omit<typeof operatorKeys.$inferSelect, "signedBy">;

const OPERATOR = {
  id: operatorKeys.keyId,
  name: operatorKeys.name,
  role: operatorKeys.role,
  accounts: operatorKeys.accounts,
};

export function insertKey(db: Database, key: typeof operatorKeys.$inferInsert) {
  return db.insert(operatorKeys).values(key);
}

/** The operator of a key that has not expired. */
export function selectKeyByHash(db: Database, keyHash: string, now: number) {
  return db
    .select(OPERATOR)
    .from(operatorKeys)
    .where(and(eq(operatorKeys.keyHash, keyHash), isLive(now)));
}

export function selectKey(db: Database, keyId: string | SQL<string>, now: number) {
  return db
    .select(OPERATOR)
    .from(operatorKeys)
    .where(and(eq(operatorKeys.keyId, keyId), isLive(now)));
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
  const { keyId, keyHash: _, signedBy: __, ...shown } = getTableColumns(operatorKeys);
  return db
    .select({ keyId, ...shown })
    .from(operatorKeys)
    .where(before === undefined ? undefined : lt(keyId, before))
    .orderBy(desc(keyId))
    .limit(limit);
}

export function deleteKey(db: Database, keyId: string) {
  return db.delete(operatorKeys).where(eq(operatorKeys.keyId, keyId)).returning({ name: operatorKeys.name });
}

function isLive(now: number) {
  return or(isNull(operatorKeys.expiresAt), gt(operatorKeys.expiresAt, now));
}
