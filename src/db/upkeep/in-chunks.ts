/**
 * Removal keeps up with what comes in, and out of its way: the database does one thing after the other, so while a chunk
 * is removed nothing is accepted.
 */

/** How many events a run begins with: few enough for events of any size, whatever hangs on them. */
const FIRST_CHUNK = 250;
const LEAST_CHUNK = 50;
const MOST_CHUNK = 5_000;
/** How long the database is to be busy with one chunk, by what it says itself: the way to it says nothing of that. */
const CHUNK_MS = 60;
/** How long a run goes on, so that it has ended before the next one begins. */
const RUN_MS = 15_000;

/** `more`: whether something may be left. `answers`: of the statements that it took. */
export type Removed = { more: boolean; answers: { meta: { duration: number } }[] };

/**
 * Removes one chunk after the other, never two at a time, with a pause between them: what others ask meanwhile waits for
 * one of them at the most.
 *
 * @param remove removes at most so many events, in one trip to the database
 * @returns how many trips that took, at most `mostTrips`
 */
export async function inChunks(
  now: () => number,
  mostTrips: number,
  remove: (chunk: number) => Promise<Removed>,
): Promise<number> {
  const until = now() + RUN_MS;
  let chunk = FIRST_CHUNK;
  let trips = 0;
  for (let isMore = true; isMore && trips < mostTrips && now() < until; trips++) {
    const { more, answers } = await remove(chunk);
    isMore = more;
    const tookMs = answers.reduce((sum, { meta }) => sum + meta.duration, 0);
    chunk = nextChunk(chunk, tookMs);
    // as much time for others as for this; workerd with a database of its own would read no request before the end
    if (isMore) await scheduler.wait(Math.min(CHUNK_MS, Math.max(1, tookMs)));
  }
  return trips;
}

/** How many events keep the database busy for `CHUNK_MS`, where `chunk` took it so long. At most twice as many. Pure. */
function nextChunk(chunk: number, tookMs: number): number {
  const next = Math.floor(chunk * Math.min(2, CHUNK_MS / Math.max(1, tookMs)));
  return Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, next));
}
