import { removeAccount as removal } from "../db/accounts";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";

/** The account and its token are gone when this returns; false when there was no such account. */
export async function removeAccount(
  context: AccountContext & { changes: { count: number } },
  accountId: string,
): Promise<boolean> {
  const { removed } = await transaction(context.db, removal(context.db, accountId, context.now()));
  // what this isolate has leased is looked at again before it is sent
  context.changes.count++;
  return removed.length > 0;
}
