import { selectLiveTokens } from "../db/access/tokens";
import { selectAccount } from "../db/accounts";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";
import type { Token } from "./token";

/** The account's live tokens, newest first; null when there is no such account. */
export async function listTokens(
  context: Pick<AccountContext, "db" | "now">,
  accountId: string,
): Promise<Token[] | null> {
  const { accounts, tokens } = await transaction(context.db, {
    accounts: selectAccount(context.db, accountId),
    tokens: selectLiveTokens(context.db, accountId, context.now()),
  });
  return accounts.length > 0 ? tokens : null;
}
