/** Statements on dead letters. Unexecuted; a verb runs them in ONE batch. */
import { desc, eq, lt, sql } from "drizzle-orm";
import { all, type Database, jsonParameters, run } from "./database";
import { deadLetters } from "./schema";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** A message with an event has the token that the event came with, and when it came. */
export type NewDeadLetter = Omit<DeadLetterRow, "account"> & { tokenHash: string | null; receivedAt: number };

/** What a letter takes besides its body, about. */
const BYTES_BESIDE_BODY = 500;

/** Records each message once, whoever brings it, except for events whose token was not live any more when they came. */
export function insertDeadLetters(db: Database, letters: NewDeadLetter[]) {
  const statement = (rows: string) => sql`
    INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at, account, size_bytes)
    SELECT value ->> 'deadLetterId', value ->> 'messageId', value ->> 'body', value ->> 'reason', value ->> 'createdAt',
           t.account, value ->> 'sizeBytes'
    FROM json_each(${rows})
    LEFT JOIN tokens t ON t.token_hash = value ->> 'tokenHash'
      AND (t.expires_at IS NULL OR t.expires_at > value ->> 'receivedAt')
    WHERE value ->> 'tokenHash' IS NULL OR t.account IS NOT NULL
    ON CONFLICT DO NOTHING`;
  return jsonParameters(letters).map((rows) => run(db, statement(rows)));
}

/** Which of these messages are recorded. */
export function selectRecorded(db: Database, messageIds: string[]) {
  return all<{ messageId: string }>(
    db,
    sql`
    SELECT l.message_id AS messageId FROM json_each(${JSON.stringify(messageIds)}) j
    JOIN dead_letters l ON l.message_id = j.value`,
  );
}

/**
 * The oldest letters, where those after them take `mostBytes` or more; the newest always stays. By the index that has the
 * sizes: in the table they lie behind the bodies.
 */
export function deleteDeadLettersBeyond(db: Database, mostBytes: number) {
  const bytes = sql`(size_bytes + ${BYTES_BESIDE_BODY})`;
  return run(
    db,
    sql`
    DELETE FROM dead_letters WHERE dead_letter_id IN (
      SELECT dead_letter_id FROM (
        SELECT dead_letter_id, sum(${bytes}) OVER (ORDER BY dead_letter_id DESC) - ${bytes} AS bytes_after
        FROM dead_letters INDEXED BY dead_letters_account)
      WHERE bytes_after >= ${mostBytes})`,
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
