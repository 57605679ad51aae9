/** Statements on operational events. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "./database";

export type Operations = {
  accountId: string;
  destinationId: string;
  key: number;
  /** Null where no webhook is set. */
  url: string | null;
  sealedHeaders: string;
  sealedSecrets: string;
  timeoutMs: number;
  now: number;
};

/**
 * Makes sure that the account of operational events is there, with a destination at that URL, if one is set. One at
 * another URL that was made like this before goes first, since there is one at a time, and the account is there before
 * its destination.
 */
export function provideOperations(db: Database, given: Operations) {
  const account = sql`(SELECT id FROM accounts WHERE account_id = ${given.accountId})`;
  const description = "ALERT_WEBHOOK_URL";
  return {
    account: run(
      db,
      sql`
      INSERT INTO accounts (account_id, email, email_key, account_name, created_at, updated_at)
      VALUES (${given.accountId}, 'operations@data-pusher.invalid', 'operations@data-pusher.invalid', 'Operational events',
              ${given.now}, ${given.now})
      ON CONFLICT DO NOTHING`,
    ),
    replaced: run(
      db,
      sql`
      UPDATE destinations SET removed_at = ${given.now}, enabled = 0, wake_at = ${given.now}, sealed_headers = '', sealed_secrets = ''
      WHERE account = ${account} AND removed_at IS NULL AND description = ${description} AND url IS NOT ${given.url}`,
    ),
    destination: run(
      db,
      sql`
      INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets, description,
                                enabled, timeout_ms, created_at, updated_at)
      SELECT ${given.key}, ${given.destinationId}, ${account}, ${given.url}, 'POST', ${given.sealedHeaders},
             ${given.sealedSecrets}, ${description}, 1, ${given.timeoutMs}, ${given.now}, ${given.now}
      WHERE ${given.url} IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM destinations WHERE account = ${account} AND removed_at IS NULL
                          AND description = ${description})`,
    ),
  };
}

/** Stores those whose key is new. */
export function insertOperationalEvents(
  db: Database,
  accountId: string,
  events: { eventId: string; key: string; payload: string }[],
  now: number,
) {
  return all<{ eventId: string }>(
    db,
    sql`
    INSERT INTO events (event_id, account, idempotency_key, size_bytes, received_at, payload)
    SELECT j.value ->> 'eventId', a.id, j.value ->> 'key', length(CAST(j.value ->> 'payload' AS BLOB)), ${now}, j.value ->> 'payload'
    FROM json_each(${JSON.stringify(events)}) j JOIN accounts a ON a.account_id = ${accountId}
    WHERE true
    ON CONFLICT DO NOTHING
    RETURNING event_id AS eventId`,
  );
}
