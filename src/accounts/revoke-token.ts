import { type Acting, audited } from "../audit/audit";
import { endToken } from "../db/access/tokens";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";

/** The token lets nobody in when this returns; false when the account has no such live token. */
export async function revokeToken(
  context: AccountContext & Acting & { changes: { count: number } },
  accountId: string,
  tokenId: string,
): Promise<boolean> {
  const { ended } = await transaction(context.db, {
    ended: endToken(context.db, accountId, tokenId, context.now()),
    audit: audited(context, { action: "token.revoked", of: { account: accountId }, target: tokenId }),
  });
  // what this isolate knows of tokens is looked at again
  context.changes.count++;
  return ended.length > 0;
}
