import { transaction } from "../db/transaction";
import { inChunks } from "../db/upkeep/in-chunks";
import { deleteOrphans, deleteRemovedAccounts } from "../db/upkeep/removals";
import type { AccountContext } from "./account";

/**
 * Deletes what is left of removed accounts, chunk by chunk. Nobody can see it any more.
 *
 * @returns how often it asked the database, at most `mostTrips`
 */
export async function purgeAccounts(
  { db, now }: Pick<AccountContext, "db" | "now">,
  mostTrips: number,
): Promise<number> {
  let isMore = true;
  const trips = await inChunks(now, mostTrips - 1, async (chunk) => {
    const { events, deadLetters } = await transaction(db, deleteOrphans(db, chunk));
    isMore = Math.max(events.deleted.meta.changes, deadLetters.meta.changes) >= chunk;
    return { more: isMore, answers: [events.subtracted, events.deleted, deadLetters] };
  });
  if (isMore) return trips;
  await deleteRemovedAccounts(db);
  return trips + 1;
}
