/** Statements on destinations. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { idOf } from "./accounts";
import { all, type Database } from "./database";
import { accounts, destinations } from "./schema";

type Stored = typeof destinations.$inferSelect;
export type DestinationRow = Omit<Stored, "account" | "removedAt"> & { accountId: string };
/** How well it works, which only attempts change. */
export type HealthColumns = Pick<
  Stored,
  "consecutiveFailures" | "failingSince" | "attemptsPerSuccess" | "usualDurationMs" | "wakeAt"
>;
export type NewDestination = Omit<DestinationRow, "accountId" | keyof HealthColumns>;

const COLUMNS = {
  key: destinations.key,
  destinationId: destinations.destinationId,
  accountId: sql<string>`${accounts.accountId}`.as("account_id"),
  url: destinations.url,
  httpMethod: destinations.httpMethod,
  sealedHeaders: destinations.sealedHeaders,
  sealedSecrets: destinations.sealedSecrets,
  description: destinations.description,
  enabled: destinations.enabled,
  disabledReason: destinations.disabledReason,
  timeoutMs: destinations.timeoutMs,
  retrySchedule: destinations.retrySchedule,
  maxAttempts: destinations.maxAttempts,
  consecutiveFailures: destinations.consecutiveFailures,
  failingSince: destinations.failingSince,
  attemptsPerSuccess: destinations.attemptsPerSuccess,
  usualDurationMs: destinations.usualDurationMs,
  wakeAt: destinations.wakeAt,
  createdAt: destinations.createdAt,
  updatedAt: destinations.updatedAt,
};

/** Adds it unless the account is unknown or has `most` already; returns nothing then. */
export function insertDestination(db: Database, accountId: string, row: NewDestination, most: number) {
  return all<{ key: number }>(
    db,
    sql`
    INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets,
                              description, enabled, disabled_reason, timeout_ms, retry_schedule, max_attempts,
                              created_at, updated_at)
    SELECT ${row.key}, ${row.destinationId}, a.id, ${row.url}, ${row.httpMethod}, ${row.sealedHeaders},
           ${row.sealedSecrets}, ${row.description}, ${row.enabled ? 1 : 0}, ${row.disabledReason}, ${row.timeoutMs},
           ${row.retrySchedule === null ? null : JSON.stringify(row.retrySchedule)}, ${row.maxAttempts}, ${row.createdAt}, ${row.updatedAt}
    FROM accounts a
    WHERE a.account_id = ${accountId}
      AND (SELECT count(*) FROM destinations x WHERE x.account = a.id AND x.removed_at IS NULL) < ${most}
    RETURNING key`,
  );
}

/** Newest first, with ids below `before`. Names all accounts unless the filter has one. */
export function selectDestinationsOfAnyAccount(
  db: Database,
  filter: { accountId?: string | undefined; before?: string | undefined },
  limit: number,
) {
  return existing(db)
    .where(
      and(
        isNull(destinations.removedAt),
        filter.accountId === undefined ? undefined : eq(destinations.account, idOf(filter.accountId)),
        filter.before === undefined ? undefined : lt(destinations.destinationId, filter.before),
      ),
    )
    .orderBy(desc(destinations.destinationId))
    .limit(limit);
}

export function selectDestinationOfAnyAccount(db: Database, destinationId: string) {
  return existing(db).where(and(isNull(destinations.removedAt), eq(destinations.destinationId, destinationId)));
}

export type FailingRow = Pick<
  DestinationRow,
  "destinationId" | "accountId" | "url" | "httpMethod" | "disabledReason" | "consecutiveFailures" | "wakeAt"
> & { failingSince: number };

/** Destinations that fail, or were disabled because of it; those that began last come first. Names all accounts. */
export function selectFailingOfAnyAccount(db: Database, limit: number) {
  return all<FailingRow>(
    db,
    sql`
    SELECT x.destination_id AS destinationId, a.account_id AS accountId, x.url, x.http_method AS httpMethod,
           x.disabled_reason AS disabledReason, x.consecutive_failures AS consecutiveFailures, x.wake_at AS wakeAt,
           x.failing_since AS failingSince
    FROM destinations x JOIN accounts a ON a.id = x.account
    WHERE x.failing_since IS NOT NULL AND x.removed_at IS NULL AND a.account_id IS NOT NULL
      AND coalesce(x.disabled_reason, '') <> 'disabled_by_user'
    ORDER BY x.failing_since DESC LIMIT ${limit}`,
  );
}

export type DestinationChange = Pick<
  DestinationRow,
  | "url"
  | "httpMethod"
  | "sealedHeaders"
  | "description"
  | "enabled"
  | "disabledReason"
  | "timeoutMs"
  | "retrySchedule"
  | "maxAttempts"
  | "updatedAt"
>;

/** Changes it where nobody else has since it was read at `updatedAt`; returns nothing otherwise. */
export function updateDestination(
  db: Database,
  destinationId: string,
  readAt: number,
  change: Partial<DestinationChange & HealthColumns & Pick<DestinationRow, "sealedSecrets">>,
) {
  return db
    .update(destinations)
    .set(change)
    .where(
      and(
        isNull(destinations.removedAt),
        eq(destinations.destinationId, destinationId),
        eq(destinations.updatedAt, readAt),
      ),
    )
    .returning({ key: destinations.key });
}

/** Stops it at once and forgets its secrets; the row stays as the name of what was delivered to it. */
export function removeDestination(db: Database, destinationId: string, now: number) {
  return db
    .update(destinations)
    .set({ removedAt: now, enabled: false, sealedHeaders: "", sealedSecrets: "", wakeAt: now, updatedAt: now })
    .where(and(isNull(destinations.removedAt), eq(destinations.destinationId, destinationId)))
    .returning({ key: destinations.key });
}

function existing(db: Database) {
  return db.select(COLUMNS).from(destinations).innerJoin(accounts, eq(accounts.id, destinations.account)).$dynamic();
}
