/** Statements on the account of operational events, found by its kind. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "../database";

/** The integer of that account inside a statement; null while there is none. */
export const OPERATIONS = sql`(SELECT id FROM accounts WHERE kind = 'operations' AND removed_at IS NULL)`;

/** How its destination is described that the gateway itself keeps. */
const DESCRIPTION = "ALERT_WEBHOOK_URL";
const EMAIL = "operations@data-pusher.invalid";

export type Operations = {
  /** What the account is called, and what it is called where a customer has that name from before. */
  accountId: string;
  otherAccountId: string;
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
  const ours = sql`account = ${OPERATIONS} AND removed_at IS NULL AND description = ${DESCRIPTION}`;
  return {
    account: run(
      db,
      sql`
      INSERT INTO accounts (account_id, kind, email, email_key, account_name, created_at, updated_at)
      SELECT iif(EXISTS (SELECT 1 FROM accounts WHERE account_id = ${given.accountId}),
                 ${given.otherAccountId}, ${given.accountId}),
             'operations', ${EMAIL}, iif(EXISTS (SELECT 1 FROM accounts WHERE email_key = ${EMAIL}), NULL, ${EMAIL}),
             'Operational events', ${given.now}, ${given.now}
      WHERE ${OPERATIONS} IS NULL`,
    ),
    replaced: run(
      db,
      sql`
      UPDATE destinations SET removed_at = ${given.now}, enabled = 0, wake_at = ${given.now}, sealed_headers = '', sealed_secrets = ''
      WHERE ${ours} AND url IS NOT ${given.url}`,
    ),
    destination: run(
      db,
      sql`
      INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets, description,
                                enabled, timeout_ms, created_at, updated_at)
      SELECT ${given.key}, ${given.destinationId}, ${OPERATIONS}, ${given.url}, 'POST', ${given.sealedHeaders},
             ${given.sealedSecrets}, ${DESCRIPTION}, 1, ${given.timeoutMs}, ${given.now}, ${given.now}
      WHERE ${given.url} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM destinations WHERE ${ours})`,
    ),
  };
}

export type WebhookRow = { key: number; destinationId: string; sealedSecrets: string };

/** The destination that the gateway keeps at that URL, if it is there. */
export function selectWebhook(db: Database, url: string | null) {
  return all<WebhookRow>(
    db,
    sql`
    SELECT key, destination_id AS destinationId, sealed_secrets AS sealedSecrets FROM destinations
    WHERE account = ${OPERATIONS} AND removed_at IS NULL AND description = ${DESCRIPTION} AND url = ${url}`,
  );
}

/** Gives it other secrets, unless somebody else has since it was read. */
export function updateWebhookSecrets(db: Database, read: WebhookRow, sealedSecrets: string, now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET sealed_secrets = ${sealedSecrets}, updated_at = max(${now}, updated_at + 1)
    WHERE key = ${read.key} AND removed_at IS NULL AND sealed_secrets = ${read.sealedSecrets}`,
  );
}
