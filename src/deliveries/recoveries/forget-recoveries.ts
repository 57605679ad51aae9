import type { Database } from "../../db/database";
import { deleteOldRecoveries } from "../../db/engine/recoveries";

const DAY_MS = 86_400_000;
const FORGET_CHUNK = 250;

/** Removes recoveries begun so many days ago that have ended, or of whose events none is left. One statement. */
export async function forgetRecoveries(context: { db: Database; now: () => number }, days: number): Promise<void> {
  await deleteOldRecoveries(context.db, context.now() - days * DAY_MS, FORGET_CHUNK);
}
