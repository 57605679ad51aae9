/**
 * How much each account stores, without a row more for an event: the cron counts what was inserted after the rowid that it
 * had come to, and whoever deletes events subtracts those that were counted. SQLite gives the rowids of deleted events
 * away again if they were the last ones, so a deletion also takes the count back to the last event that is left.
 * Unexecuted; a verb runs them in ONE batch.
 */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, run } from "../database";

/** What an event takes besides its payload, with a delivery or two and their attempts, about. */
const BYTES_BESIDE_PAYLOAD = 1_000;

const BYTES = sql`(size_bytes + ${sql.raw(String(BYTES_BESIDE_PAYLOAD))})`;
const COUNTED_TO = sql`coalesce((SELECT counted_to FROM storage_count), 0)`;
const LAST = sql`coalesce((SELECT max(rowid) FROM events), 0)`;

/** Whether there is more to count, and whether an account is refused for its storage. */
export type StorageState = { behind: number; anyFull: number };

/** Counts the next events, at most `chunk`. The accounts go before the mark, since both begin at it. */
export function countStoredBytes(db: Database, chunk: number) {
  const uncounted = sql`
    SELECT rowid AS place, account, size_bytes FROM events WHERE rowid > ${COUNTED_TO} ORDER BY rowid LIMIT ${chunk}`;
  return {
    takenBack: takeBack(db),
    added: run(
      db,
      sql`
      UPDATE accounts SET stored_bytes = stored_bytes + c.bytes
      FROM (SELECT account, sum(${BYTES}) AS bytes FROM (${uncounted}) GROUP BY account) c
      WHERE accounts.id = c.account`,
    ),
    marked: run(
      db,
      sql`
      INSERT INTO storage_count (id, counted_to)
      SELECT 1, max(place) FROM (${uncounted}) HAVING count(*) > 0
      ON CONFLICT (id) DO UPDATE SET counted_to = excluded.counted_to`,
    ),
    state: all<StorageState>(
      db,
      sql`
      SELECT ${COUNTED_TO} < ${LAST} AS behind, EXISTS (SELECT 1 FROM accounts WHERE storage_full) AS anyFull`,
    ),
  };
}

/** Deletes the events that `chosen` selects the ids of, and counts them no more. `chosen` is asked before any is gone. */
export function deleteCounted(db: Database, chosen: SQL) {
  return {
    subtracted: run(
      db,
      sql`
      UPDATE accounts SET stored_bytes = max(0, stored_bytes - c.bytes)
      FROM (SELECT account, sum(${BYTES}) AS bytes FROM events
            WHERE event_id IN (${chosen}) AND rowid <= ${COUNTED_TO} GROUP BY account) c
      WHERE accounts.id = c.account`,
    ),
    deleted: run(db, sql`DELETE FROM events WHERE event_id IN (${chosen})`),
    takenBack: takeBack(db),
  };
}

/** The payload of the event counts no more; what is stored beside it still does. */
export function subtractPayload(db: Database, eventId: string) {
  return run(
    db,
    sql`
    UPDATE accounts SET stored_bytes = max(0, stored_bytes - e.size_bytes)
    FROM events e WHERE e.event_id = ${eventId} AND e.rowid <= ${COUNTED_TO} AND accounts.id = e.account`,
  );
}

/** So far it is looked for finished events among an account's oldest: behind more that are pending they are not found. */
const MOST_LOOKED_AT = 10_000;

/** The oldest events of the account that have nothing pending, until there are so many bytes of them. */
export function deleteOldestFinished(db: Database, account: number, bytes: number, chunk: number) {
  return deleteCounted(
    db,
    sql`
    SELECT event_id FROM (
      SELECT event_id, sum(${BYTES}) OVER (ORDER BY event_id) - ${BYTES} AS bytes_before
      FROM (
        SELECT e.event_id, e.size_bytes
        FROM (SELECT event_id, size_bytes FROM events
              WHERE account = ${account} ORDER BY event_id LIMIT ${MOST_LOOKED_AT}) e
        WHERE NOT EXISTS (SELECT 1 FROM all_deliveries d WHERE d.event_id = e.event_id AND d.state = 'pending')
        ORDER BY e.event_id LIMIT ${chunk}))
    WHERE bytes_before < ${bytes}`,
  );
}

/**
 * The accounts that store at least their share: what is stored, divided by the number of accounts that store something.
 * Those that may still have something to give come first, and of these the largest.
 */
export function selectAboveShare(db: Database, most: number) {
  return all<{ id: number }>(
    db,
    sql`
    SELECT a.id FROM accounts a, (
      SELECT count(*) AS accounts, sum(stored_bytes) AS bytes FROM accounts WHERE ${STORES}) s
    WHERE ${STORES} AND a.stored_bytes * s.accounts >= s.bytes
    ORDER BY a.storage_full, a.stored_bytes DESC, a.id LIMIT ${most}`,
  );
}

const STORES = sql`stored_bytes > 0 AND removed_at IS NULL`;

/** From now on these accounts are refused, and others only if they were before and are among `unasked`. */
export function setStorageFull(db: Database, full: number[], unasked: number[]) {
  const ids = (accounts: number[]) => sql`(SELECT value FROM json_each(${JSON.stringify(accounts)}))`;
  return {
    cleared: run(
      db,
      sql`UPDATE accounts SET storage_full = 0 WHERE storage_full AND id NOT IN ${ids([...full, ...unasked])}`,
    ),
    set: run(db, sql`UPDATE accounts SET storage_full = 1 WHERE NOT storage_full AND id IN ${ids(full)}`),
  };
}

function takeBack(db: Database) {
  return run(db, sql`UPDATE storage_count SET counted_to = ${LAST} WHERE counted_to > ${LAST}`);
}
