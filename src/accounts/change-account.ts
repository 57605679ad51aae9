import { selectAccount, updateAccount } from "../db/accounts";
import { type Account, type AccountContext, type AccountInput, accountOf, emailKey, nameKey } from "./account";
import { takenBy } from "./create-account";

export type Changed =
  | { kind: "changed"; account: Account }
  | { kind: "unknown" }
  | { kind: "email_taken" }
  | { kind: "account_id_taken" };

/** Replaces the given fields; the others stay. */
export function changeAccount(
  context: AccountContext,
  accountId: string,
  change: Partial<AccountInput>,
): Promise<Changed> {
  return update(context, accountId, change, undefined);
}

/** The same, unless the account was changed after it was read: `readAt` is the `updatedAt` of what was read. */
export async function changeAccountAsRead(
  context: AccountContext,
  accountId: string,
  readAt: number,
  change: Partial<AccountInput>,
): Promise<Changed | { kind: "changed_meanwhile" }> {
  const changed = await update(context, accountId, change, readAt);
  if (changed.kind !== "unknown") return changed;
  const [there] = await selectAccount(context.db, accountId);
  return there ? { kind: "changed_meanwhile" } : changed;
}

async function update(
  context: AccountContext,
  accountId: string,
  change: Partial<AccountInput>,
  readAt: number | undefined,
): Promise<Changed> {
  const keys = {
    ...(change.email !== undefined && { emailKey: emailKey(change.email) }),
    ...(change.accountName !== undefined && { nameKey: nameKey(change.accountName) }),
  };
  try {
    const [row] = await updateAccount(context.db, accountId, { ...change, ...keys }, context.now(), readAt);
    return row ? { kind: "changed", account: accountOf(row) } : { kind: "unknown" };
  } catch (error) {
    const taken = takenBy(error);
    if (taken) return taken;
    throw error;
  }
}
