import { type Acting, audited, difference } from "../audit/audit";
import { selectAccount, updateAccount } from "../db/accounts";
import { transaction } from "../db/transaction";
import {
  type Account,
  type AccountContext,
  type AccountInput,
  accountOf,
  auditFields,
  emailKey,
  nameKey,
} from "./account";
import { takenBy } from "./create-account";

export type Changed =
  | { kind: "changed"; account: Account }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" }
  | { kind: "email_taken" }
  | { kind: "account_id_taken" };

/** How often it is read anew because somebody else was faster. After that it is changed whatever it is now. */
const MOST_READS = 4;

/** Replaces the given fields; the others stay, also those that somebody else changes at the same moment. */
export async function changeAccount(
  context: AccountContext & Acting,
  accountId: string,
  change: Partial<AccountInput>,
): Promise<Changed> {
  for (let reads = 0; reads < MOST_READS; reads++) {
    const changed = await update(context, accountId, change, "as_stored");
    if (changed.kind !== "changed_meanwhile") return changed;
  }
  return update(context, accountId, change, "whatever_it_is");
}

/** The same, unless the account was changed after it was read: `readAt` is the `updatedAt` of what was read. */
export function changeAccountAsRead(
  context: AccountContext & Acting,
  accountId: string,
  readAt: number,
  change: Partial<AccountInput>,
): Promise<Changed> {
  return update(context, accountId, change, readAt);
}

async function update(
  context: AccountContext & Acting,
  accountId: string,
  change: Partial<AccountInput>,
  readAt: number | "as_stored" | "whatever_it_is",
): Promise<Changed> {
  const { db } = context;
  const [stored] = await selectAccount(db, accountId);
  if (!stored) return { kind: "unknown" };
  if (typeof readAt === "number" && readAt !== stored.updatedAt) return { kind: "changed_meanwhile" };
  const before = accountOf(stored);
  const keys = {
    ...(change.email !== undefined && { emailKey: emailKey(change.email) }),
    ...(change.accountName !== undefined && { nameKey: nameKey(change.accountName) }),
  };
  try {
    const { updated } = await transaction(db, {
      updated: updateAccount(db, accountId, { ...change, ...keys }, context.now(), {
        readAt: readAt === "whatever_it_is" ? undefined : stored.updatedAt,
      }),
      audit: audited(context, {
        action: "account.changed",
        of: { account: accountId },
        target: accountId,
        ...difference(auditFields(before), auditFields({ ...before, ...change })),
      }),
    });
    const [row] = updated;
    return row ? { kind: "changed", account: accountOf(row) } : { kind: "changed_meanwhile" };
  } catch (error) {
    const taken = takenBy(error);
    if (taken) return taken;
    throw error;
  }
}
