import { deleteOldEntries } from "../db/access/audit";
import type { Database } from "../db/database";

const CHUNK = 1_000;

/** Removes entries that are older than so many days, so many at a time. */
export async function forgetAudit(context: { db: Database; now: () => number }, days: number): Promise<void> {
  await deleteOldEntries(context.db, context.now() - days * 86_400_000, CHUNK);
}
