import { selectAccount, selectAccounts } from "../db/accounts";
import { type Account, type AccountContext, accountOf } from "./account";

export async function findAccount(context: AccountContext, accountId: string): Promise<Account | null> {
  const [row] = await selectAccount(context.db, accountId);
  return row ? accountOf(row) : null;
}

export type AccountPage = { accounts: Account[]; nextCursor: string | null };

/** Newest first. `search` matches the id, name or e-mail; `cursor` is the last page's `nextCursor`. */
export async function listAccounts(
  context: AccountContext,
  page: { search?: string | undefined; cursor?: number | undefined; limit: number },
): Promise<AccountPage> {
  const rows = await selectAccounts(context.db, { search: page.search, before: page.cursor }, page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return {
    accounts: shown.map(accountOf),
    nextCursor: rows.length > page.limit ? String(shown.at(-1)?.id) : null,
  };
}
