/** Operators' keys besides `ADMIN_TOKEN`. A key is `dpk_` + 192 random bits; only its SHA-256 is stored. */
import { deleteKey, insertKey, selectKeys } from "../db/keys";
import { sha256Hex } from "../security/sha256";
import { newId } from "../vocabulary/ids";
import type { OperatorRole } from "../vocabulary/roles";
import type { KeyContext, OperatorKey } from "./operator";

const RANDOM_BYTES = 24;
const KEY_PATTERN = /^dpk_[0-9a-f]{48}$/;

/** Whether the text looks like a stored key; whether it is one only the database knows. */
export function isKeyShaped(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** Creates a key; `secret` is shown only once. */
export async function createOperatorKey(
  context: KeyContext,
  input: { name: string; role: OperatorRole },
): Promise<{ key: OperatorKey; secret: string }> {
  const now = context.now();
  const secret = `dpk_${crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)).toHex()}`;
  const key = { keyId: newId("key", now), ...input, lastFour: secret.slice(-4), createdAt: now, lastUsedAt: null };
  await insertKey(context.db, { ...key, keyHash: await sha256Hex(secret) });
  return { key, secret };
}

export type OperatorKeyPage = { keys: OperatorKey[]; nextCursor: string | null };

/** Newest first. */
export async function listOperatorKeys(
  context: KeyContext,
  page: { cursor?: string | undefined; limit: number },
): Promise<OperatorKeyPage> {
  const rows = await selectKeys(context.db, page.cursor, page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { keys: shown, nextCursor: rows.length > page.limit ? (shown.at(-1)?.keyId ?? null) : null };
}

/** Revokes the key at once; false when there is no such key. */
export async function revokeOperatorKey(context: KeyContext, keyId: string): Promise<boolean> {
  return (await deleteKey(context.db, keyId)).length > 0;
}
