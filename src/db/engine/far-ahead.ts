/** Statements against times that only a clock which was ahead can have set. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { type Database, literal, run } from "../database";
import { IS_HELD } from "./routes";

/**
 * Makes due now what is to wait, or is leased, until after `latest`: deliveries, the drains of destinations, and what is
 * held for those. By the indexes on what is due; at most `most` of each.
 */
export function bringForward(db: Database, latest: number, most: number, now: number) {
  const tooLate = sql`SELECT key FROM destinations WHERE wake_at > ${latest} LIMIT ${literal(most)}`;
  return {
    due: run(
      db,
      sql`
      UPDATE deliveries SET next_attempt_at = ${now} WHERE (event_id, destination) IN (
        SELECT event_id, destination FROM deliveries
        WHERE state = 'pending' AND next_attempt_at > ${latest} LIMIT ${literal(most)})`,
    ),
    held: run(
      db,
      sql`
      UPDATE deliveries SET not_before = ${now} WHERE (event_id, destination) IN (
        SELECT h.event_id, h.destination FROM deliveries h
        WHERE h.destination IN (${tooLate}) AND ${IS_HELD} AND h.not_before > ${latest} LIMIT ${literal(most)})`,
    ),
    drains: run(db, sql`UPDATE destinations SET wake_at = ${now} WHERE key IN (${tooLate})`),
  };
}
