/**
 * Operators' keys besides `ADMIN_TOKEN`. A key is `dpk_<random>_<mac>`, see `security/signed-text.ts`; only its SHA-256 is
 * stored. Those from before have no MAC: only the database knows which of them are ours.
 */
import { type Acting, audited, auditTime } from "../audit/audit";
import { deleteKey, insertKey, selectKeys } from "../db/access/keys";
import { deleteSessionsOfKey } from "../db/access/sessions";
import { transaction } from "../db/transaction";
import { sha256Hex } from "../security/sha256";
import { BASE32_26, isSigned, randomText, signerOf, signText } from "../security/signed-text";
import { newId } from "../vocabulary/ids";
import type { OperatorRole } from "../vocabulary/roles";
import type { KeyContext, OperatorKey } from "./operator";

const UNSIGNED_PATTERN = /^dpk_[0-9a-f]{48}$/;
const SIGNED_PATTERN = new RegExp(`^dpk_${BASE32_26}_${BASE32_26}$`);

/** Whether we have made that key, as far as can be told without the database. It may have been revoked. */
export async function origin(tokenKeys: Uint8Array[], key: string): Promise<"ours" | "perhaps" | "foreign"> {
  if (UNSIGNED_PATTERN.test(key)) return "perhaps";
  return SIGNED_PATTERN.test(key) && (await isSigned(tokenKeys, key)) ? "ours" : "foreign";
}

/** `accounts` limits the key to some; null leaves it all of them, or forever. */
export type KeyInput = {
  name: string;
  role: OperatorRole;
  expiresInSeconds: number | null;
  accounts: string[] | null;
};

/** Creates a key; `secret` is shown only once. */
export async function createOperatorKey(
  context: KeyContext & Acting,
  { expiresInSeconds, ...input }: KeyInput,
): Promise<{ key: OperatorKey; secret: string }> {
  const now = context.now();
  const secret = await signText(context.tokenKeys, `dpk_${randomText()}`);
  const key: OperatorKey = {
    keyId: newId("key", now),
    ...input,
    lastFour: secret.slice(-4),
    expiresAt: expiresInSeconds === null ? null : now + expiresInSeconds * 1000,
    createdBy: context.actor.name,
    createdAt: now,
    lastUsedAt: null,
  };
  await transaction(context.db, {
    inserted: insertKey(context.db, {
      ...key,
      keyHash: await sha256Hex(secret),
      signedBy: await signerOf(context.tokenKeys),
    }),
    audit: audited(context, {
      action: "key.created",
      of: null,
      target: key.keyId,
      after: {
        name: key.name,
        role: key.role,
        accounts: key.accounts,
        expires_at: key.expiresAt === null ? null : auditTime(key.expiresAt),
      },
    }),
  });
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

/** Revokes the key, and the sessions opened with it, at once; false when there is no such key. */
export async function revokeOperatorKey(context: KeyContext & Acting, keyId: string): Promise<boolean> {
  const { deleted } = await transaction(context.db, {
    sessions: deleteSessionsOfKey(context.db, keyId),
    deleted: deleteKey(context.db, keyId),
    audit: audited(context, { action: "key.revoked", of: null, target: keyId }),
  });
  return deleted.length > 0;
}
