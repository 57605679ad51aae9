/** Statements on dead letters. Unexecuted; a verb runs them in ONE batch. */
import { desc, eq, lt, sql } from "drizzle-orm";
import { type Database, jsonParameters, run } from "./database";
import { deadLetters } from "./schema";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** Records each message once, whoever brings it. */
export function insertDeadLetters(db: Database, letters: DeadLetterRow[]) {
  const statement = (rows: string) => sql`
    INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at, account, size_bytes)
    SELECT value ->> 'deadLetterId', value ->> 'messageId', value ->> 'body', value ->> 'reason', value ->> 'createdAt',
           value ->> 'account', value ->> 'sizeBytes'
    FROM json_each(${rows}) WHERE true
    ON CONFLICT DO NOTHING`;
  return jsonParameters(letters).map((rows) => run(db, statement(rows)));
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
