import { endToken } from "../db/tokens";
import type { AccountContext } from "./account";

/** The token lets nobody in when this returns; false when the account has no such live token. */
export async function revokeToken(
  context: AccountContext & { changes: { count: number } },
  accountId: string,
  tokenId: string,
): Promise<boolean> {
  const ended = await endToken(context.db, accountId, tokenId, context.now());
  // what this isolate knows of tokens is looked at again
  context.changes.count++;
  return ended.length > 0;
}
