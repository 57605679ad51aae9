/** Statements that wipe an event. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "../database";
import { landAllOf } from "../engine/flights";
import { subtractPayload } from "./stored-bytes";

/**
 * Takes what came in, and what came back, out of every row that has it; that it came, and what became of it, stays. What
 * is pending is discarded, whoever holds its lease: what is on its first way has its row before. `subtracted` and `deadLetters` read what `wiped`, the last, removes.
 */
export function wipeEvent(db: Database, eventId: string, now: number) {
  return {
    subtracted: subtractPayload(db, eventId),
    deadLetters: run(
      db,
      sql`
      DELETE FROM dead_letters WHERE dead_letter_id IN (
        SELECT l.dead_letter_id FROM events e JOIN dead_letters l ON l.account = e.account
        WHERE e.event_id = ${eventId} AND instr(l.body, ${eventId}) > 0 AND l.body ->> '$.accept.eventId' = ${eventId})`,
    ),
    landed: landAllOf(db, eventId),
    schemaErrors: run(db, sql`DELETE FROM schema_errors WHERE event_id = ${eventId}`),
    // also of a detail, which can quote the URL: for GET the payload is in it
    attempts: run(
      db,
      sql`
      UPDATE attempts SET detail = NULL, response_headers = NULL, response_body = NULL WHERE event_id = ${eventId}`,
    ),
    deliveries: run(
      db,
      sql`
      UPDATE deliveries SET
        state           = CASE state WHEN 'pending' THEN 'discarded' ELSE state END,
        reason          = 'event_wiped',
        first_detail    = NULL,
        first_response_headers = NULL,
        first_response_body    = NULL,
        next_attempt_at = NULL,
        not_before      = NULL,
        lease           = NULL,
        updated_at      = CASE state WHEN 'pending' THEN ${now} ELSE updated_at END
      WHERE event_id = ${eventId}`,
    ),
    wiped: all<{ eventId: string }>(
      db,
      sql`
      UPDATE events SET payload = '', size_bytes = 0, content_type = NULL, forwarded_headers = NULL,
                        wiped_at = coalesce(wiped_at, ${now})
      WHERE event_id = ${eventId} RETURNING event_id AS eventId`,
    ),
  };
}
