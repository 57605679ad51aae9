import { addGatewayAlert } from "../db/alerts";
import { deleteFinishedEvents, deleteForgottenDestinations, deleteOldDeadLetters } from "../db/removals";
import { log } from "../observability/log";
import { firstIdAt, newId } from "../vocabulary/ids";
import type { EventContext } from "./event";

const EXPIRE_CHUNK = 250;
const DAY_MS = 86_400_000;
/** From here on the operator is told, once a day. */
const FILLING_AT = 0.8;
/** From here on the oldest finished events go early, rather than new ones being refused. */
const FULL_AT = 0.95;

export type Retention = { days: number; databaseLimitBytes: number };

/**
 * Removes events whose time has come, and, where the database is nearly full, the oldest finished ones before their
 * time. What is pending is never removed.
 *
 * @param mostChunks how many statements it may run; the rest is for the next run
 */
export async function expireEvents(context: EventContext, retention: Retention, mostChunks: number): Promise<void> {
  const { db } = context;
  const now = context.now();
  const expired = now - retention.days * DAY_MS;
  let chunksLeft = mostChunks - 2;
  const remove = async (before: string) => {
    chunksLeft--;
    const { meta } = await deleteFinishedEvents(db, before, EXPIRE_CHUNK);
    return { more: meta.changes >= EXPIRE_CHUNK, sizeBytes: meta.size_after };
  };

  let step = await remove(firstIdAt("evt", expired));
  while (step.more && chunksLeft > 0) step = await remove(firstIdAt("evt", expired));
  await deleteForgottenDestinations(db, expired, EXPIRE_CHUNK);
  await deleteOldDeadLetters(db, firstIdAt("ded", expired), EXPIRE_CHUNK);

  const { sizeBytes } = step;
  if (sizeBytes < FILLING_AT * retention.databaseLimitBytes) return;
  const details = { size_bytes: sizeBytes, limit_bytes: retention.databaseLimitBytes };
  const stamp = { alertId: newId("alt", now), now };
  await addGatewayAlert(db, { type: "database.filling", details, onceInMs: DAY_MS }, stamp);
  step.more = true;
  while (step.more && step.sizeBytes >= FULL_AT * retention.databaseLimitBytes && chunksLeft > 0) {
    step = await remove(firstIdAt("evt", now));
  }
  log("database.filling", { size_bytes: sizeBytes, size_after_bytes: step.sizeBytes });
}
