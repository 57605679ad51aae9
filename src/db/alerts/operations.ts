/** Statements on the account of operational events, found by its kind. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "../database";
import type { SealedColumns } from "../destinations";

/** The integer of that account inside a statement; null while there is none. */
export const OPERATIONS = sql`(SELECT id FROM accounts WHERE kind = 'operations' AND removed_at IS NULL)`;

const NAME_OF_OPERATIONS = sql`(SELECT account_id FROM accounts WHERE kind = 'operations' AND removed_at IS NULL)`;
const NOTHING = { url: null, sealedUrl: null, sealedHeaders: "", sealedSecrets: "", sealedBy: "" };

/** How its destination is described that the gateway itself keeps. */
const DESCRIPTION = "ALERT_WEBHOOK_URL";
const EMAIL = "operations@data-pusher.invalid";

export type Operations = {
  /** What the account is called, to which the destination's secrets are bound. */
  accountId: string;
  destinationId: string;
  key: number;
  /** Null where no webhook is set. */
  webhook: { url: string; sealed: SealedColumns; staleKey: number | null } | null;
  timeoutMs: number;
  now: number;
};

/**
 * Makes sure that the account of operational events is there, with a destination at that URL, if one is set. One at
 * another URL that was made like this before goes first, since there is one at a time, and the account is there before
 * its destination.
 */
export function provideOperations(db: Database, given: Operations) {
  const { url, sealed, staleKey } = given.webhook ?? { url: null, sealed: NOTHING, staleKey: null };
  const ours = sql`account = ${OPERATIONS} AND removed_at IS NULL AND description = ${DESCRIPTION}`;
  return {
    account: run(
      db,
      sql`
      INSERT INTO accounts (account_id, kind, email, email_key, account_name, created_at, updated_at)
      SELECT ${given.accountId}, 'operations', ${EMAIL}, iif(EXISTS (SELECT 1 FROM accounts WHERE email_key = ${EMAIL}), NULL, ${EMAIL}),
             'Operational events', ${given.now}, ${given.now}
      WHERE ${OPERATIONS} IS NULL`,
    ),
    replaced: run(
      db,
      sql`
      UPDATE destinations SET removed_at = ${given.now}, enabled = 0, wake_at = ${given.now}, sealed_headers = '', sealed_secrets = '',
             sealed_url = NULL, sealed_by = ''
      WHERE ${ours} AND (${url} IS NULL OR url NOT IN (${url}, ${sealed.url}) OR key = ${staleKey})`,
    ),
    destination: run(
      db,
      sql`
      INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_url, sealed_headers, sealed_secrets,
                                sealed_by, description, enabled, timeout_ms, created_at, updated_at)
      SELECT ${given.key}, ${given.destinationId}, ${OPERATIONS}, ${sealed.url}, 'POST', ${sealed.sealedUrl},
             ${sealed.sealedHeaders}, ${sealed.sealedSecrets}, ${sealed.sealedBy}, ${DESCRIPTION}, 1, ${given.timeoutMs},
             ${given.now}, ${given.now}
      WHERE ${url} IS NOT NULL AND ${NAME_OF_OPERATIONS} = ${given.accountId} AND NOT EXISTS (SELECT 1 FROM destinations WHERE ${ours})`,
    ),
  };
}

/** The account of operational events, and a customer's that has its name from before. */
export function selectOperationsNames(db: Database, accountId: string) {
  return all<{ accountId: string; isOurs: 0 | 1 }>(
    db,
    sql`
    SELECT account_id AS accountId, kind = 'operations' AS isOurs FROM accounts
    WHERE removed_at IS NULL AND (kind = 'operations' OR account_id = ${accountId})`,
  );
}

export type WebhookRow = { key: number; destinationId: string; accountId: string } & SealedColumns;

/** The destination that the gateway keeps for operational events, if it is there. */
export function selectWebhook(db: Database) {
  return all<WebhookRow>(
    db,
    sql`
    SELECT key, destination_id AS destinationId, ${NAME_OF_OPERATIONS} AS accountId, url, sealed_url AS sealedUrl,
           sealed_headers AS sealedHeaders, sealed_secrets AS sealedSecrets, sealed_by AS sealedBy
    FROM destinations WHERE account = ${OPERATIONS} AND removed_at IS NULL AND description = ${DESCRIPTION}`,
  );
}

/** Seals it anew, unless somebody else has since it was read. */
export function updateWebhook(db: Database, read: WebhookRow, sealed: SealedColumns, now: number) {
  return run(
    db,
    sql`
    UPDATE destinations SET url = ${sealed.url}, sealed_url = ${sealed.sealedUrl}, sealed_headers = ${sealed.sealedHeaders},
           sealed_secrets = ${sealed.sealedSecrets}, sealed_by = ${sealed.sealedBy},
           updated_at = max(${now}, updated_at + 1)
    WHERE key = ${read.key} AND removed_at IS NULL AND sealed_secrets = ${read.sealedSecrets}`,
  );
}
