import { type SQL, sql } from "drizzle-orm";
import { CROCKFORD, firstIdAt } from "../vocabulary/ids";

/** Which events: received in `from` ≤ time < `to`, milliseconds since 1970, with an id that begins with `idPrefix`. */
export type EventRange = { from?: number | undefined; to?: number | undefined; idPrefix?: string | undefined };

/** Behind every id of an event. */
export const LAST_EVENT_ID = "evt_~";

/** The same as bounds of ids, which begin with their time: `from` ≤ id < `before`. */
export function eventIdBounds({ from, to, idPrefix }: EventRange): { from: string; before: string } {
  const lower = from === undefined ? "" : firstIdAt("evt", from);
  const upper = to === undefined ? LAST_EVENT_ID : firstIdAt("evt", to);
  if (idPrefix === undefined) return { from: lower, before: upper };
  const behindPrefix = `${idPrefix}~`;
  return { from: lower > idPrefix ? lower : idPrefix, before: upper < behindPrefix ? upper : behindPrefix };
}

/** `firstIdAt` of an event, for a time in the database: five bits a character, the highest first. */
export function firstEventIdAt(time: SQL): SQL {
  const chars = [45, 40, 35, 30, 25, 20, 15, 10, 5, 0].map(
    (bits) => sql`substr(${sql.raw(`'${CROCKFORD}'`)}, (max(0, ${time}) >> ${sql.raw(`${bits}`)} & 31) + 1, 1)`,
  );
  return sql`('evt_' || ${sql.join(chars, sql` || `)} || '0000000000000000')`;
}
