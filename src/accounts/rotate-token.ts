import { type Acting, audited } from "../audit/audit";
import { deleteExpiredTokens, expireTokens, insertTokenIfRoom, selectLiveTokens } from "../db/access/tokens";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";
import { MOST_TOKENS, newToken, type Token } from "./token";

/** An expired token is kept for as long as the queue can hold an event that was accepted with it. */
const KEPT_AFTER_END_MS = 14 * 86_400_000;

export type RotatedToken =
  | { kind: "rotated"; token: string; tokenId: string; oldTokensEndAt: number }
  | { kind: "too_many_tokens"; firstEndsAt: number | null }
  | { kind: "unknown" };

/**
 * Makes a new token for the account; the current one expires after `overlapSeconds`, those before it when they were
 * promised to. `oldTokensEndAt` is when the last of them does. Beyond `MOST_TOKENS` live ones nothing is changed.
 *
 * The transaction expires the current token before it inserts the new one, which would otherwise expire with it.
 */
export async function rotateToken(
  context: AccountContext & Acting & { changes: { count: number } },
  accountId: string,
  overlapSeconds: number,
): Promise<RotatedToken> {
  const now = context.now();
  const rotation = { now, oldTokensEndAt: now + overlapSeconds * 1000, mostTokens: MOST_TOKENS };
  const { token, row } = await newToken(context, accountId);
  const { inserted, live } = await transaction(context.db, {
    ended: expireTokens(context.db, accountId, rotation),
    deleted: deleteExpiredTokens(context.db, now - KEPT_AFTER_END_MS),
    inserted: insertTokenIfRoom(context.db, accountId, row, rotation),
    audit: audited(context, {
      action: "token.rotated",
      of: { account: accountId },
      target: row.tokenId,
      after: { overlap_seconds: overlapSeconds },
    }),
    live: selectLiveTokens(context.db, accountId, now),
  });
  // what this isolate knows of tokens is looked at again
  context.changes.count++;
  if (inserted.length > 0) {
    return { kind: "rotated", token, tokenId: row.tokenId, oldTokensEndAt: Math.max(now, ...endsOf(live)) };
  }
  if (live.length === 0) return { kind: "unknown" };
  const ends = endsOf(live);
  return { kind: "too_many_tokens", firstEndsAt: ends.length > 0 ? Math.min(...ends) : null };
}

function endsOf(live: Token[]): number[] {
  return live.flatMap(({ expiresAt }) => expiresAt ?? []);
}
