import { selectKey, selectKeyByHash, touchKey } from "../db/keys";
import { transaction } from "../db/transaction";
import { constantTimeEqual } from "../security/constant-time";
import { sha256Hex } from "../security/sha256";
import type { KeyContext, Operator } from "./operator";
import { isKeyShaped } from "./operator-keys";

/** `last_used_at` is written at most this often, so that a read stays one. */
const TOUCH_EVERY_MS = 60_000;

const FIRST: Operator = { keyId: null, name: "ADMIN_TOKEN", role: "admin" };

/**
 * Whose key this is; null when it is nobody's. `ADMIN_TOKEN` is compared in constant time and needs no database; a stored
 * key is found by its SHA-256, in one round trip; what has not the form of one is refused without.
 */
export async function identify(context: KeyContext, key: string): Promise<Operator | null> {
  if (context.adminToken !== null && (await constantTimeEqual(key, context.adminToken))) return FIRST;
  if (!isKeyShaped(key)) return null;
  const keyHash = await sha256Hex(key);
  const now = context.now();
  const { keys } = await transaction(context.db, {
    touched: touchKey(context.db, { keyHash }, now - TOUCH_EVERY_MS, now),
    keys: selectKeyByHash(context.db, keyHash),
  });
  return keys[0] ?? null;
}

/** The operator of a session, as the key stands now; null when it was revoked. `null` asks for `ADMIN_TOKEN`'s. */
export async function operatorById(context: KeyContext, keyId: string | null): Promise<Operator | null> {
  if (keyId === null) return context.adminToken === null ? null : FIRST;
  const now = context.now();
  const { keys } = await transaction(context.db, {
    touched: touchKey(context.db, { keyId }, now - TOUCH_EVERY_MS, now),
    keys: selectKey(context.db, keyId),
  });
  return keys[0] ?? null;
}
