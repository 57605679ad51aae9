import { deleteExpiredTokens, expireTokens, insertToken } from "../db/accounts";
import { transaction } from "../db/transaction";
import { mintAccountToken } from "../security/account-token";
import { sha256Hex } from "../security/sha256";
import type { AccountContext } from "./account";

/** An ended token is kept as long as a queue can hold an event that it let in. */
const KEPT_AFTER_END_MS = 14 * 86_400_000;

/**
 * A new token for the account; those it had end after `overlapSeconds`. Null when there is no such account. In the
 * transaction the old ones are ended before there is a new one, which would end with them.
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
