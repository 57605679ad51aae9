import { type Acting, audited, difference } from "../audit/audit";
import { selectAccount } from "../db/accounts";
import { raiseRevision, selectEventType, upsertEventType } from "../db/catalogues";
import { transaction } from "../db/transaction";
import type { FieldError } from "../errors/field-error";
import { auditFields, CATALOGUE_BOUNDS, type CatalogueContext, type KeptType, type KeptTypeInput } from "./catalogue";
import { checkType } from "./type-input";

export type Keeping =
  | { kind: "kept"; type: KeptType; isNew: boolean }
  | { kind: "unfit"; errors: FieldError[] }
  /** There are as many types, or bytes of schemas, as one account may keep. */
  | { kind: "too_much" }
  | { kind: "account_unknown" };

/** Keeps what is said of the type in place of what was. From now on events are checked against its schema, in every isolate. */
export async function keepType(
  context: CatalogueContext & Acting,
  accountId: string,
  input: KeptTypeInput,
): Promise<Keeping> {
  const errors = checkType(input);
  if (errors.length > 0) return { kind: "unfit", errors };
  const { db } = context;
  const [before] = await selectEventType(db, accountId, input.type);
  const after = await auditFields(input);
  const { kept, accounts } = await transaction(db, {
    kept: upsertEventType(db, accountId, input, context.now(), CATALOGUE_BOUNDS),
    audit: audited(context, {
      action: "event_type.kept",
      of: { account: accountId },
      target: input.type,
      ...(before ? difference(await auditFields(before), after) : { after }),
    }),
    revision: raiseRevision(db, accountId),
    accounts: selectAccount(db, accountId),
  });
  const [row] = kept;
  if (row) return { kind: "kept", type: { ...input, ...row }, isNew: before === undefined };
  return accounts.length > 0 ? { kind: "too_much" } : { kind: "account_unknown" };
}
