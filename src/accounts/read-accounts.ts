import { selectAccount, selectAccounts, selectUnfoldedNames, updateNameKeys } from "../db/accounts";
import type { AccountScope } from "../vocabulary/account-scope";
import { type Account, type AccountContext, accountOf, nameKey } from "./account";

export async function findAccount(context: AccountContext, accountId: string): Promise<Account | null> {
  const [row] = await selectAccount(context.db, accountId);
  return row ? accountOf(row) : null;
}

export type AccountPage = { accounts: Account[]; nextCursor: string | null };

/** Those in scope, newest first. `search` matches the id, name or e-mail; `cursor` is the last page's `nextCursor`. */
export async function listAccounts(
  context: AccountContext,
  account: AccountScope,
  page: { search?: string | undefined; cursor?: number | undefined; limit: number },
): Promise<AccountPage> {
  const search = page.search === undefined ? undefined : nameKey(page.search);
  if (search !== undefined) await foldNames(context);
  const rows = await selectAccounts(context.db, account, { search, before: page.cursor }, page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return {
    accounts: shown.map(accountOf),
    nextCursor: rows.length > page.limit ? String(shown.at(-1)?.id) : null,
  };
}

/** Names from before they were folded on writing: the next searches do it, so many at a time. */
const FOLDED_AT_ONCE = 500;

async function foldNames({ db }: Pick<AccountContext, "db">): Promise<void> {
  const unfolded = await selectUnfoldedNames(db, FOLDED_AT_ONCE);
  if (unfolded.length === 0) return;
  await updateNameKeys(
    db,
    unfolded.map(({ id, accountName }) => ({ id, accountName, nameKey: nameKey(accountName) })),
  );
}
