import { updateAccount } from "../db/accounts";
import { type Account, type AccountContext, type AccountInput, accountOf, emailKey } from "./account";
import { takenBy } from "./create-account";

export type Changed =
  | { kind: "changed"; account: Account }
  | { kind: "unknown" }
  | { kind: "email_taken" }
  | { kind: "account_id_taken" };

/** Replaces the fields that are given and keeps the rest. */
export async function changeAccount(
  context: AccountContext,
  accountId: string,
  change: Partial<AccountInput>,
): Promise<Changed> {
  const key = change.email === undefined ? {} : { emailKey: emailKey(change.email) };
  try {
    const [row] = await updateAccount(context.db, accountId, { ...change, ...key, updatedAt: context.now() });
    return row ? { kind: "changed", account: accountOf(row) } : { kind: "unknown" };
  } catch (error) {
    const taken = takenBy(error);
    if (taken) return taken;
    throw error;
  }
}
