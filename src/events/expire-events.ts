import { transaction } from "../db/transaction";
import { deleteFinishedEvents, deleteForgottenDestinations, deleteOldDeadLetters } from "../db/upkeep/removals";
import type { EventContext } from "./event";

/** How many events one trip looks at. */
const EXPIRE_CHUNK = 250;
const DAY_MS = 86_400_000;

export type Retention = { days: number; databaseLimitBytes: number };

/**
 * Removes events whose time has come, with the dead letters and the names of removed destinations of that time. What is
 * pending is not removed, but for what waits at a paused destination.
 *
 * @param mostTrips how often it may ask the database; the rest is for the next run, which goes on from there
 */
export async function expireEvents(context: EventContext, { days }: Retention, mostTrips: number): Promise<void> {
  const { db } = context;
  const expired = context.now() - days * DAY_MS;
  for (let trips = 1, more = true; more && trips < mostTrips; trips++) {
    const { looked, deleted } = await transaction(db, deleteFinishedEvents(db, expired, EXPIRE_CHUNK));
    // where all that was looked at is pending, the rest can wait a minute as well
    more = (looked[0]?.to ?? "") !== "" && deleted.meta.changes > 0;
  }
  await transaction(db, {
    destinations: deleteForgottenDestinations(db, expired, EXPIRE_CHUNK),
    deadLetters: deleteOldDeadLetters(db, expired, EXPIRE_CHUNK),
  });
}
