import { deleteExpiredTokens, expireTokens, insertToken } from "../db/accounts";
import { hashToken, mintAccountToken } from "../security/account-token";
import type { AccountContext } from "./account";

/** An ended token is kept as long as a queue can hold an event that it let in. */
const KEPT_AFTER_END_MS = 14 * 86_400_000;

/** A new token for the account; those it had end after `overlapSeconds`. Null when there is no such account. */
export async function rotateToken(
  context: AccountContext,
  accountId: string,
  overlapSeconds: number,
): Promise<{ token: string; oldTokensEndAt: number } | null> {
  const now = context.now();
  const oldTokensEndAt = now + overlapSeconds * 1000;
  const token = await mintAccountToken(context.tokenKeys, accountId);
  const [, , inserted] = await context.db.batch([
    expireTokens(context.db, accountId, oldTokensEndAt),
    deleteExpiredTokens(context.db, now - KEPT_AFTER_END_MS),
    insertToken(context.db, accountId, await hashToken(token), now),
  ]);
  return inserted.length > 0 ? { token, oldTokensEndAt } : null;
}
