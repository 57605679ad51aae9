import { transaction } from "../db/transaction";
import { inChunks } from "../db/upkeep/in-chunks";
import { deleteFinishedEvents, deleteForgottenDestinations, deleteOldDeadLetters } from "../db/upkeep/removals";
import type { EventContext } from "./event";

/** How many dead letters and names go in a run. */
const OTHERS_CHUNK = 250;
/** One in so many trips may find all that it looked at pending: what is read is nearly free where there are as many. */
const TRIPS_PER_FRUITLESS = 100;
const DAY_MS = 86_400_000;

export type Retention = { days: number; databaseLimitBytes: number };

/**
 * Removes events whose time has come, with the dead letters and the names of removed destinations of that time. What is
 * pending is not removed, but for what waits at a paused destination.
 *
 * @param mostTrips how often it may ask the database, at least 2; the rest is for the next run, which goes on from there
 * @returns how often it did
 */
export async function expireEvents(context: EventContext, { days }: Retention, mostTrips: number): Promise<number> {
  const { db } = context;
  const expired = context.now() - days * DAY_MS;
  let fruitless = 0;
  const trips = await inChunks(context.now, mostTrips - 1, async (chunk) => {
    const { looked, subtracted, deleted } = await transaction(db, deleteFinishedEvents(db, expired, chunk));
    if (deleted.meta.changes === 0) fruitless += TRIPS_PER_FRUITLESS;
    // where all that was looked at is pending, the rest can wait a minute as well
    return { more: (looked[0]?.to ?? "") !== "" && fruitless <= mostTrips, answers: [subtracted, deleted] };
  });
  await transaction(db, {
    destinations: deleteForgottenDestinations(db, expired, OTHERS_CHUNK),
    deadLetters: deleteOldDeadLetters(db, expired, OTHERS_CHUNK),
  });
  return trips + 1;
}
