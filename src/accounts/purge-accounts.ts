import { deleteOrphanedEvents, deleteRemovedAccounts } from "../db/removals";
import type { AccountContext } from "./account";

const PURGE_CHUNK = 250;

/**
 * Deletes what is left of removed accounts, chunk by chunk. Nobody can see it any more.
 *
 * @returns how many chunks it took, at most `mostChunks`
 */
export async function purgeAccounts(context: Pick<AccountContext, "db">, mostChunks: number): Promise<number> {
  for (let chunks = 1; chunks < mostChunks; chunks++) {
    const { meta } = await deleteOrphanedEvents(context.db, PURGE_CHUNK);
    if (meta.changes >= PURGE_CHUNK) continue;
    await deleteRemovedAccounts(context.db);
    return chunks + 1;
  }
  return mostChunks;
}
