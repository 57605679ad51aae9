/** Statements on destinations. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, getTableColumns, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type AccountScope, ANY_ACCOUNT } from "../vocabulary/account-scope";
import { inScope } from "./accounts";
import { all, type Database, literal } from "./database";
import { circuitOpen } from "./engine/circuits";
import type { OpenLimits } from "./engine/routes";
import { accounts, destinations } from "./schema";

type Stored = Omit<typeof destinations.$inferSelect, "sealedSigningKey">;
/** What is sealed, the URL as it may be shown, and under which key. */
export type SealedColumns = Pick<Stored, "url" | "sealedUrl" | "sealedHeaders" | "sealedSecrets" | "sealedBy">;
export type DestinationRow = Omit<Stored, "account" | "removedAt"> & {
  accountId: string;
  /** Of its account. */
  publicHeaders: string[] | null;
  accountSuspendedAt: number | null;
};
/** How well it works, which only attempts change. */
export type HealthColumns = Pick<
  Stored,
  "consecutiveFailures" | "failingSince" | "attemptsPerSuccess" | "usualDurationMs" | "wakeAt"
>;
/**
 * What a person sets, or the headers of it sealed. A new column is one of these unless it is named below, and then the
 * compiler names every place that has to give it, read it or show it.
 */
export type SettingColumns = Omit<
  Stored,
  | keyof HealthColumns
  | "key"
  | "destinationId"
  | "account"
  | "sealedUrl"
  | "sealedSecrets"
  | "publicKey"
  | "sealedBy"
  | "disabledReason"
  | "pausedAt"
  | "createdAt"
  | "updatedAt"
  | "removedAt"
  | "filterRevision"
>;
export type NewDestination = Omit<
  DestinationRow,
  "accountId" | "publicHeaders" | "accountSuspendedAt" | "filterRevision" | "pausedAt" | keyof HealthColumns
>;

/** `sealed_by` of a removed destination. */
export const NOTHING_SEALED = "-";

const COLUMNS = {
  key: destinations.key,
  destinationId: destinations.destinationId,
  accountId: sql<string>`${accounts.accountId}`.as("account_id"),
  publicHeaders: accounts.publicHeaders,
  accountSuspendedAt: accounts.suspendedAt,
  url: destinations.url,
  sealedUrl: destinations.sealedUrl,
  httpMethod: destinations.httpMethod,
  sealedHeaders: destinations.sealedHeaders,
  sealedSecrets: destinations.sealedSecrets,
  sealedBy: destinations.sealedBy,
  description: destinations.description,
  enabled: destinations.enabled,
  disabledReason: destinations.disabledReason,
  pausedAt: destinations.pausedAt,
  timeoutMs: destinations.timeoutMs,
  retrySchedule: destinations.retrySchedule,
  maxAttempts: destinations.maxAttempts,
  signatureSchemes: destinations.signatureSchemes,
  publicKey: destinations.publicKey,
  eventTypes: destinations.eventTypes,
  filter: destinations.filter,
  filterRevision: destinations.filterRevision,
  transformation: destinations.transformation,
  templates: destinations.templates,
  consecutiveFailures: destinations.consecutiveFailures,
  failingSince: destinations.failingSince,
  attemptsPerSuccess: destinations.attemptsPerSuccess,
  usualDurationMs: destinations.usualDurationMs,
  wakeAt: destinations.wakeAt,
  createdAt: destinations.createdAt,
  updatedAt: destinations.updatedAt,
} satisfies Record<keyof DestinationRow, unknown>;

/** Adds it unless the account is unknown, or suspended, or has `most` already; returns nothing then. */
export function insertDestination(db: Database, accountId: string, row: NewDestination, most: number) {
  const given = new Map(Object.entries(row));
  const columns = Object.entries(getTableColumns(destinations)).filter(([name]) => given.has(name));
  const names = columns.map(([, column]) => sql.identifier(column.name));
  const values = columns.map(([name, column]) => sql.param(given.get(name), column));
  return all<{ key: number }>(
    db,
    sql`
    INSERT INTO destinations (account, ${sql.join(names, sql`, `)})
    SELECT a.id, ${sql.join(values, sql`, `)}
    FROM accounts a
    WHERE a.account_id = ${accountId} AND a.suspended_at IS NULL
      AND (SELECT count(*) FROM destinations x WHERE x.account = a.id AND x.removed_at IS NULL) < ${most}
    RETURNING key`,
  );
}

/** Newest first, with ids below `before`. */
export function selectDestinations(db: Database, account: AccountScope, before: string | undefined, limit: number) {
  return existing(db, account, before === undefined ? undefined : lt(destinations.destinationId, before))
    .orderBy(desc(destinations.destinationId))
    .limit(limit);
}

export function selectDestination(db: Database, account: AccountScope, destinationId: string) {
  return existing(db, account, eq(destinations.destinationId, destinationId));
}

/** A destination as an event of its account shows it. */
export type AccountDestinationRow = Pick<
  DestinationRow,
  "key" | "destinationId" | "url" | "httpMethod" | "createdAt"
> & { enabled: number; disabledReason: DestinationRow["disabledReason"] };

/** All destinations of the event's account, in the order in which they were made. */
export function selectDestinationsBeside(db: Database, account: AccountScope, eventId: string) {
  return all<AccountDestinationRow>(
    db,
    sql`
    SELECT x.key, x.destination_id AS destinationId, x.url, x.http_method AS httpMethod, x.enabled,
           x.disabled_reason AS disabledReason, x.created_at AS createdAt
    FROM events e JOIN accounts a ON a.id = e.account JOIN destinations x ON x.account = e.account
    WHERE e.event_id = ${eventId} AND x.removed_at IS NULL AND ${inScope(account)}
    ORDER BY x.destination_id`,
  );
}

export type FailingRow = Pick<
  DestinationRow,
  "destinationId" | "accountId" | "url" | "httpMethod" | "disabledReason" | "consecutiveFailures" | "wakeAt"
> & { failingSince: number };

/**
 * Destinations that are failing, or that the gateway has disabled; those that began to fail last come first. Covers all
 * accounts.
 */
export function selectFailingOfAnyAccount(db: Database, limits: OpenLimits, limit: number) {
  return all<FailingRow>(
    db,
    sql`
    SELECT x.destination_id AS destinationId, a.account_id AS accountId, x.url, x.http_method AS httpMethod,
           x.disabled_reason AS disabledReason, x.consecutive_failures AS consecutiveFailures, x.wake_at AS wakeAt,
           x.failing_since AS failingSince
    FROM destinations x JOIN accounts a ON a.id = x.account
    WHERE x.failing_since IS NOT NULL AND x.removed_at IS NULL AND a.account_id IS NOT NULL
      AND ((x.enabled AND ${circuitOpen(limits)}) OR x.disabled_reason IN ('gone', 'failing'))
    ORDER BY x.failing_since DESC LIMIT ${limit}`,
  );
}

export type PausedRow = Pick<DestinationRow, "destinationId" | "url" | "httpMethod"> & { pausedAt: number };

/** Destinations that a person has paused, the last ones first. Covers all accounts. */
export function selectPausedOfAnyAccount(db: Database, limit: number) {
  return all<PausedRow>(
    db,
    sql`
    SELECT destination_id AS destinationId, url, http_method AS httpMethod, paused_at AS pausedAt FROM destinations
    WHERE paused_at IS NOT NULL AND disabled_reason LIKE 'paused_by_%'
    ORDER BY paused_at DESC LIMIT ${literal(limit)}`,
  );
}

type Secrets = Pick<DestinationRow, "sealedSecrets" | "sealedBy" | "publicKey">;

/**
 * All settings, those that are sealed where they change, with what follows from switching it on or off; or other secrets
 * alone.
 */
export type DestinationChange = { updatedAt: number } & (
  | (Omit<SettingColumns, keyof SealedColumns> &
      Partial<HealthColumns & SealedColumns> &
      Partial<Pick<DestinationRow, "disabledReason" | "pausedAt" | "publicKey" | "filterRevision">>)
  | Secrets
);

/**
 * Changes it where nobody else has since it was read at `updatedAt`, and enables none of a suspended account; returns
 * nothing otherwise.
 */
export function updateDestination(db: Database, destinationId: string, readAt: number, change: DestinationChange) {
  return db
    .update(destinations)
    .set(change)
    .where(
      and(
        isNull(destinations.removedAt),
        eq(destinations.destinationId, destinationId),
        eq(destinations.updatedAt, readAt),
        "enabled" in change && change.enabled ? OF_ACTIVE_ACCOUNT : undefined,
      ),
    )
    .returning({ key: destinations.key });
}

const OF_ACTIVE_ACCOUNT = sql`(SELECT a.suspended_at IS NULL FROM accounts a WHERE a.id = ${destinations.account})`;

/** Stops it at once and forgets its secrets; the row stays as the name of what was delivered to it. */
export function removeDestination(db: Database, destinationId: string, now: number) {
  return db
    .update(destinations)
    .set({ removedAt: now, enabled: false, pausedAt: null, ...FORGOTTEN, publicKey: null, wakeAt: now, updatedAt: now })
    .where(and(isNull(destinations.removedAt), eq(destinations.destinationId, destinationId)))
    .returning({ key: destinations.key });
}

/** Of a URL that is not sealed yet, the cron forgets the secrets. */
const FORGOTTEN = {
  sealedHeaders: "",
  sealedSecrets: "",
  sealedUrl: null,
  sealedBy: sql<string>`iif(${destinations.sealedUrl} IS NULL, '', ${NOTHING_SEALED})`,
};

function existing(db: Database, account: AccountScope, which: SQL | undefined) {
  return db
    .select(COLUMNS)
    .from(destinations)
    .innerJoin(accounts, eq(accounts.id, destinations.account))
    .where(
      and(
        isNull(destinations.removedAt),
        account === ANY_ACCOUNT ? undefined : inArray(accounts.accountId, [account].flat()),
        which,
      ),
    )
    .$dynamic();
}
