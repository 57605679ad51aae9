import { removeAccount as removal } from "../db/accounts";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";

/** The account and its token are gone when this returns; false when there was no such account. */
export async function removeAccount(context: AccountContext, accountId: string): Promise<boolean> {
  const { removed } = await transaction(context.db, removal(context.db, accountId, context.now()));
  return removed.length > 0;
}
