import { deleteExpiredTokens, expireTokens, insertToken } from "../db/accounts";
import { transaction } from "../db/transaction";
import { mintAccountToken } from "../security/account-token";
import { sha256Hex } from "../security/sha256";
import type { AccountContext } from "./account";

/** An expired token is kept for as long as the queue can hold an event that was accepted with it. */
const KEPT_AFTER_END_MS = 14 * 86_400_000;

/**
 * Makes a new token for the account; its current ones expire after `overlapSeconds`. Null when there is no such account.
 * The transaction expires the old tokens before it inserts the new one, which would otherwise expire with them.
 */
export async function rotateToken(
  context: AccountContext,
  accountId: string,
  overlapSeconds: number,
): Promise<{ token: string; oldTokensEndAt: number } | null> {
  const now = context.now();
  const oldTokensEndAt = now + overlapSeconds * 1000;
  const token = await mintAccountToken(context.tokenKeys, accountId);
  const { inserted } = await transaction(context.db, {
    ended: expireTokens(context.db, accountId, oldTokensEndAt),
    deleted: deleteExpiredTokens(context.db, now - KEPT_AFTER_END_MS),
    inserted: insertToken(context.db, accountId, await sha256Hex(token), now),
  });
  return inserted.length > 0 ? { token, oldTokensEndAt } : null;
}
