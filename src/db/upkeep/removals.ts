/** Statements that remove rows for good, a bounded chunk at a time; what hangs on them goes along by foreign key. */
import { type SQL, sql } from "drizzle-orm";
import { firstIdAt } from "../../vocabulary/ids";
import { all, type Database, run } from "../database";
import { IS_PAUSED } from "../engine/routes";
import { eventIdBounds } from "../event-range";
import { deleteCounted } from "./stored-bytes";

/**
 * Deletes the finished ones among the next `chunk` events received before that time: those that have nothing pending, but for what
 * waits at a destination that is paused. `looked` says up to where it looked, "" being the end, and is nothing where
 * all of them were looked at before and since; the next time it goes on from there.
 */
export function deleteFinishedEvents(db: Database, receivedBefore: number, chunk: number) {
  const { before } = eventIdBounds({ to: receivedBefore });
  const endAfter = (from: SQL) => sql`coalesce((
        SELECT e.event_id FROM events e WHERE e.event_id > ${from} AND e.event_id < ${before}
        ORDER BY e.event_id LIMIT 1 OFFSET ${chunk - 1}), '')`;
  const end = endAfter(sql`storage_count.looked_to`);
  return {
    looked: all<{ to: string }>(
      db,
      sql`
      INSERT INTO storage_count (id, counted_to, looked_to) VALUES (1, 0, ${endAfter(sql`''`)})
      ON CONFLICT (id) DO UPDATE SET looked_from = looked_to, looked_to = ${end}
      WHERE looked_from <> '' OR looked_to <> '' OR ${end} <> ''
      RETURNING looked_to AS "to"`,
    ),
    ...deleteCounted(
      db,
      sql`
      SELECT e.event_id FROM storage_count c
      CROSS JOIN events e ON e.event_id > c.looked_from
        AND e.event_id <= CASE c.looked_to WHEN '' THEN ${before} ELSE c.looked_to END
      WHERE NOT EXISTS (SELECT 1 FROM flights f WHERE f.event_id = e.event_id) AND NOT EXISTS (
        SELECT 1 FROM deliveries d LEFT JOIN destinations x ON x.key = d.destination
        WHERE d.event_id = e.event_id AND d.state = 'pending' AND NOT (${IS_PAUSED} AND d.lease IS NULL))`,
    ),
  };
}

/** Events of removed accounts, and their dead letters. */
export function deleteOrphans(db: Database, chunk: number) {
  return {
    events: deleteCounted(
      db,
      sql`
      SELECT e.event_id FROM accounts a JOIN events e ON e.account = a.id
      WHERE a.removed_at IS NOT NULL ORDER BY a.id, e.event_id LIMIT ${chunk}`,
    ),
    deadLetters: run(
      db,
      sql`
      DELETE FROM dead_letters WHERE dead_letter_id IN (
        SELECT l.dead_letter_id FROM accounts a JOIN dead_letters l ON l.account = a.id
        WHERE a.removed_at IS NOT NULL LIMIT ${chunk})`,
    ),
  };
}

/** The nameless rows of removed accounts that have nothing left. */
export function deleteRemovedAccounts(db: Database) {
  return run(
    db,
    sql`
    DELETE FROM accounts
    WHERE removed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events e WHERE e.account = accounts.id)
      AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.account = accounts.id)`,
  );
}

/** Destinations removed before that time: the events whose deliveries bore their name are gone. */
export function deleteForgottenDestinations(db: Database, before: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM destinations WHERE key IN (
      SELECT key FROM destinations WHERE removed_at < ${before} AND wake_at IS NULL LIMIT ${chunk})`,
  );
}

/** Dead letters recorded before that time. */
export function deleteOldDeadLetters(db: Database, before: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM dead_letters WHERE dead_letter_id IN (
      SELECT dead_letter_id FROM dead_letters WHERE dead_letter_id < ${firstIdAt("ded", before)} LIMIT ${chunk})`,
  );
}
