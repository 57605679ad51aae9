import { type Acting, audited } from "../audit/audit";
import { type AccountRow, resumeAccount, suspendAccount as suspension } from "../db/accounts";
import { transaction } from "../db/transaction";
import { type Account, type AccountContext, accountOf } from "./account";

/**
 * Suspends the account or lets it go on. A suspended one sends nothing in (403) and gets nothing: what it had is kept, and
 * what waits for its destinations waits, as for one that the gateway has paused, until it goes on. Null when there is no
 * such account; one that is so already stays as it is.
 */
export async function suspendAccount(
  context: AccountContext & Acting & { changes: { count: number } },
  accountId: string,
  suspended: boolean,
): Promise<Account | null> {
  const { db } = context;
  const now = context.now();
  const change = suspended ? suspension(db, accountId, now) : resumeAccount(db, accountId, now);
  const { accounts } = await transaction(db, {
    destinations: change.destinations,
    switched: change.switched,
    audit: audited(context, {
      action: suspended ? "account.suspended" : "account.resumed",
      of: { account: accountId },
      target: accountId,
    }),
    accounts: change.accounts,
  });
  // what this isolate has leased, and knows of tokens, is looked at again
  context.changes.count++;
  const [row]: AccountRow[] = accounts;
  return row ? accountOf(row) : null;
}
