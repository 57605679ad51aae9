import { selectKey, selectKeyByHash, touchKey } from "../db/keys";
import { transaction } from "../db/transaction";
import { constantTimeEqual } from "../security/constant-time";
import { sha256Hex } from "../security/sha256";
import type { KeyContext, Operator } from "./operator";
import { isKeyShaped } from "./operator-keys";

/** `last_used_at` is written at most this often, so that most requests write nothing. */
const TOUCH_EVERY_MS = 60_000;

const FIRST: Operator = { keyId: null, name: "ADMIN_TOKEN", role: "admin" };

/**
 * The operator whose key this is, or null. `ADMIN_TOKEN` is compared in constant time, without the database; a stored key
 * is found by its SHA-256 in one round trip; anything that does not look like a key is refused without one.
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

/** The operator of a session, with the key's current role; null when the key was revoked. A null `keyId` is `ADMIN_TOKEN`. */
export async function operatorById(context: KeyContext, keyId: string | null): Promise<Operator | null> {
  if (keyId === null) return context.adminToken === null ? null : FIRST;
  const now = context.now();
  const { keys } = await transaction(context.db, {
    touched: touchKey(context.db, { keyId }, now - TOUCH_EVERY_MS, now),
    keys: selectKey(context.db, keyId),
  });
  return keys[0] ?? null;
}
