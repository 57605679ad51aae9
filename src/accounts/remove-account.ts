import { type Acting, audited } from "../audit/audit";
import { deleteSessionsOfLinks } from "../db/access/sessions";
import { removeAccount as removal } from "../db/accounts";
import { countFirstAttempts } from "../db/stats/attempt-counts";
import { countAccounts, recentMinutes } from "../db/stats/stats";
import { transaction } from "../db/transaction";
import type { AccountContext } from "./account";

/** The account, its tokens and the sessions of its links are gone when this returns; false when there was no such account. */
export async function removeAccount(
  context: AccountContext & Acting & { changes: { count: number } },
  accountId: string,
): Promise<boolean> {
  const now = context.now();
  const { removed } = await transaction(context.db, {
    firsts: countFirstAttempts(context.db, recentMinutes(now)),
    counted: countAccounts(context.db, recentMinutes(now)),
    sessions: deleteSessionsOfLinks(context.db, accountId),
    ...removal(context.db, accountId, now),
    audit: audited(context, { action: "account.removed", of: { account: accountId }, target: accountId }),
  });
  // what this isolate has leased is looked at again before it is sent
  context.changes.count++;
  return removed.length > 0;
}
