import { type Acting, audited } from "../audit/audit";
import { insertToken } from "../db/access/tokens";
import { insertAccount } from "../db/accounts";
import { transaction } from "../db/transaction";
import { uniqueViolation } from "../errors/database-errors";
import { newId } from "../vocabulary/ids";
import {
  type Account,
  type AccountContext,
  type AccountInput,
  accountOf,
  auditFields,
  emailKey,
  isReserved,
  nameKey,
} from "./account";
import { findAccount } from "./read-accounts";
import { newToken } from "./token";

export type Created =
  | { kind: "created"; account: Account; token: string }
  | { kind: "email_taken" }
  | { kind: "account_id_taken" }
  | { kind: "account_id_reserved" };

/**
 * Creates an account and then its first secret token, which is shown only once. The id of the account of
 * operational events is not for a customer.
 */
export async function createAccount(
  context: AccountContext & Acting,
  input: AccountInput & { accountId: string | null },
): Promise<Created> {
  const now = context.now();
  const accountId = input.accountId ?? newId("acc", now);
  if (isReserved(accountId)) {
    return { kind: (await findAccount(context, accountId)) ? "account_id_taken" : "account_id_reserved" };
  }
  const { token, row: tokenRow } = await newToken(context, accountId);
  const account = {
    accountId,
    email: input.email,
    emailKey: emailKey(input.email),
    accountName: input.accountName,
    nameKey: nameKey(input.accountName),
    website: input.website,
    forwardHeaders: input.forwardHeaders,
    publicHeaders: input.publicHeaders,
    rateLimit: input.rateLimit,
    eventTypePath: input.eventTypePath,
    eventTypeHeader: input.eventTypeHeader,
    createdAt: now,
    updatedAt: now,
  };
  try {
    const { inserted } = await transaction(context.db, {
      inserted: insertAccount(context.db, account),
      audit: audited(context, {
        action: "account.created",
        of: { account: accountId },
        target: accountId,
        after: auditFields(input),
      }),
      token: insertToken(context.db, accountId, tokenRow, now),
    });
    const [row] = inserted;
    if (!row) throw new Error("the database took an account and returned none");
    return { kind: "created", account: accountOf(row), token };
  } catch (error) {
    const taken = takenBy(error);
    if (taken) return taken;
    throw error;
  }
}

/** Which unique field another account already has, if that is why the database refused. */
export function takenBy(error: unknown): { kind: "email_taken" } | { kind: "account_id_taken" } | null {
  switch (uniqueViolation(error)) {
    case "accounts.email_key":
      return { kind: "email_taken" };
    case "accounts.account_id":
      return { kind: "account_id_taken" };
    default:
      return null;
  }
}
