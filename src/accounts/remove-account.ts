import { removeAccount as removal } from "../db/accounts";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";

/** Gone for everyone when this returns, its token included; false when there was none. */
export async function removeAccount(context: AccountContext, accountId: string): Promise<boolean> {
  const { removed } = await transaction(context.db, removal(context.db, accountId, context.now()));
  return removed.length > 0;
}
