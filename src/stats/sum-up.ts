import { countFirstAttempts } from "../db/stats/attempt-counts";
import {
  countAccounts,
  countEverything,
  countSkipped,
  deleteFutureStats,
  deleteStats,
  selectLastHour,
  selectUncountedMinutes,
  sumUpHours,
} from "../db/stats/stats";
import { transaction } from "../db/transaction";
import { KEEP_MINUTES_MS, type StatsContext } from "./stats";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Minutes this recent are counted again, for what was stored late. */
const RECOUNT_MS = 3 * MINUTE_MS;
/** After an outage of the cron, each run catches up on two hours. */
const MOST_MINUTES = 120;
/** The longest range, plus the current day. */
const KEEP_HOURS_MS = 31 * 24 * HOUR_MS;
const DELETE_CHUNK = 5_000;

/**
 * Sums up the last minutes and hours, and deletes old ones: two round trips, ten statements. In the
 * first, what lies in the `future` goes before the others look for the newest. In the second `firsts`, `skipped`, `accounts` and
 * `everything` add up what stands before them, and `hours` all of it, and minutes are deleted after that.
 */
export async function sumUp(context: StatsContext): Promise<void> {
  const { db } = context;
  const now = context.now();
  const end = floor(now, MINUTE_MS);
  const oldest = floor(now - KEEP_MINUTES_MS, HOUR_MS) + HOUR_MS;
  const { lastHour, uncounted } = await transaction(db, {
    future: deleteFutureStats(db, now),
    lastHour: selectLastHour(db),
    uncounted: selectUncountedMinutes(db, oldest, end - RECOUNT_MS, MOST_MINUTES),
  });
  const openSince = Math.max(oldest, (lastHour[0]?.time ?? 0) + HOUR_MS);
  const { minutes, hours } = due(
    openSince,
    uncounted.map(({ time }) => time),
    end,
  );
  await transaction(db, {
    firsts: countFirstAttempts(db, minutes),
    skipped: countSkipped(db, minutes),
    accounts: countAccounts(db, minutes),
    everything: countEverything(db, minutes),
    hours: sumUpHours(db, hours),
    oldMinutes: deleteStats(db, "minute", now - KEEP_MINUTES_MS, DELETE_CHUNK),
    oldHours: deleteStats(db, "hour", now - KEEP_HOURS_MS, DELETE_CHUNK),
  });
}

/** Which minutes to count, and which hours will be complete once they are. Pure. */
export function due(openSince: number, uncounted: number[], end: number): { minutes: number[]; hours: number[] } {
  const recounted = [];
  for (let time = end - RECOUNT_MS; time < end; time += MINUTE_MS) recounted.push(time);
  const cut = uncounted.length === MOST_MINUTES ? uncounted.at(-1) : undefined;
  const countedUntil = cut === undefined ? end - RECOUNT_MS : cut + MINUTE_MS;
  const hours = [];
  for (let time = openSince; time + HOUR_MS <= countedUntil; time += HOUR_MS) hours.push(time);
  return { minutes: [...uncounted, ...recounted], hours };
}

function floor(time: number, stepMs: number): number {
  return time - (time % stepMs);
}
