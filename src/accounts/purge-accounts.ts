import { transaction } from "../db/transaction";
import { deleteOrphans, deleteRemovedAccounts } from "../db/upkeep/removals";
import type { AccountContext } from "./account";

const PURGE_CHUNK = 250;

/**
 * Deletes what is left of removed accounts, chunk by chunk. Nobody can see it any more.
 *
 * @returns how many chunks it took, at most `mostChunks`
 */
export async function purgeAccounts(context: Pick<AccountContext, "db">, mostChunks: number): Promise<number> {
  for (let chunks = 1; chunks < mostChunks; chunks++) {
    const { events, deadLetters } = await transaction(context.db, deleteOrphans(context.db, PURGE_CHUNK));
    if (Math.max(events.deleted.meta.changes, deadLetters.meta.changes) >= PURGE_CHUNK) continue;
    await deleteRemovedAccounts(context.db);
    return chunks + 1;
  }
  return mostChunks;
}
