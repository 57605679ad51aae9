import { type Acting, audited } from "../audit/audit";
import { deleteEventType, raiseRevision } from "../db/catalogues";
import { transaction } from "../db/transaction";
import type { CatalogueContext } from "./catalogue";

/** Forgets what is said of the type; its events come in unchecked. False when the account keeps no such type. */
export async function removeType(
  context: CatalogueContext & Acting,
  accountId: string,
  type: string,
): Promise<boolean> {
  const { db } = context;
  const { removed } = await transaction(db, {
    removed: deleteEventType(db, accountId, type),
    audit: audited(context, { action: "event_type.removed", of: { account: accountId }, target: type }),
    revision: raiseRevision(db, accountId),
  });
  return removed.length > 0;
}
