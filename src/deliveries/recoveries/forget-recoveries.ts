import type { Database } from "../../db/database";
import { deleteOldRecoveries } from "../../db/recoveries";
import { firstIdAt } from "../../vocabulary/ids";

const DAY_MS = 86_400_000;
const FORGET_CHUNK = 250;

/** Removes recoveries begun so many days ago that have ended, or of whose events none is left. One statement. */
export async function forgetRecoveries(context: { db: Database; now: () => number }, days: number): Promise<void> {
  const before = context.now() - days * DAY_MS;
  const bounds = { recoveryId: firstIdAt("rcv", before), eventId: firstIdAt("evt", before) };
  await deleteOldRecoveries(context.db, bounds, FORGET_CHUNK);
}
