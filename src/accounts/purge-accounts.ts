import { deleteOrphanedEvents, deleteRemovedAccounts } from "../db/removals";
import type { AccountContext } from "./account";

const PURGE_CHUNK = 250;

/**
 * Removes what is left of removed accounts, which nobody sees any more, chunk by chunk.
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
