/** Statements on dead letters. Unexecuted; a verb runs them in ONE batch. */
import { desc, eq, lt, sql } from "drizzle-orm";
import { all, type Database, run } from "./database";
import { deadLetters } from "./schema";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** Records each message once, whoever brings it. */
export function insertDeadLetters(db: Database, letters: DeadLetterRow[]) {
  return run(
    db,
    sql`
    INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at)
    SELECT value ->> 'deadLetterId', value ->> 'messageId', value ->> 'body', value ->> 'reason', value ->> 'createdAt'
    FROM json_each(${JSON.stringify(letters)}) WHERE true
    ON CONFLICT DO NOTHING`,
  );
}

/** Newest first, with ids below `before`. */
export function selectDeadLetters(db: Database, before: string | undefined, limit: number) {
  return db
    .select()
    .from(deadLetters)
    .where(before === undefined ? undefined : lt(deadLetters.deadLetterId, before))
    .orderBy(desc(deadLetters.deadLetterId))
    .limit(limit);
}

export function selectDeadLetter(db: Database, deadLetterId: string) {
  return db.select().from(deadLetters).where(eq(deadLetters.deadLetterId, deadLetterId));
}

export function deleteDeadLetter(db: Database, deadLetterId: string) {
  return db.delete(deadLetters).where(eq(deadLetters.deadLetterId, deadLetterId)).returning({ body: deadLetters.body });
}

/** What an operator wants to know at a glance; each count stops at `most`. */
export type Vitals = { deadLetters: number; overdueDeliveries: number; failingDestinations: number };

export function selectVitals(db: Database, overdueBefore: number, probeAfter: number, most: number) {
  return all<Vitals>(
    db,
    sql`
    SELECT (SELECT count(*) FROM (SELECT 1 FROM dead_letters LIMIT ${most})) AS deadLetters,
           (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'pending' AND next_attempt_at <= ${overdueBefore}
                                  LIMIT ${most})) AS overdueDeliveries,
           (SELECT count(*) FROM (SELECT 1 FROM destinations WHERE wake_at IS NOT NULL AND consecutive_failures >= ${probeAfter}
                                  LIMIT ${most})) AS failingDestinations`,
  );
}
