/** Statements on the audit trail. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { type AccountScope, ANY_ACCOUNT } from "../../vocabulary/account-scope";
import { firstIdAt } from "../../vocabulary/ids";
import { type Database, run } from "../database";
import { auditEntries } from "../schema";

export type EntryRow = typeof auditEntries.$inferSelect;

/** By what an entry's account is found; null where it is about the gateway. */
export type EntryOwner =
  | { account: string }
  | { destination: string }
  | { event: string }
  | { recovery: string }
  | { link: string }
  | null;

export type NewEntry = Omit<EntryRow, "accountId"> & { of: EntryOwner };

/** Follows the statement of which it tells: where that changed no row, nothing is inserted. */
export function insertEntry(db: Database, entry: NewEntry) {
  return run(
    db,
    sql`
    INSERT INTO audit_entries (entry_id, at, account_id, actor, action, target, before, after, request_id)
    SELECT ${entry.entryId}, ${entry.at}, ${accountOf(entry.of)}, ${JSON.stringify(entry.actor)}, ${entry.action},
           ${entry.target}, ${json(entry.before)}, ${json(entry.after)}, ${entry.requestId}
    WHERE changes() > 0`,
  );
}

export type EntryFilter = {
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

/** Newest first, those below the entry `before`. */
export function selectEntries(
  db: Database,
  account: AccountScope,
  filter: EntryFilter,
  before: string | undefined,
  limit: number,
) {
  const { entryId, accountId, action, target, actor } = auditEntries;
  return db
    .select()
    .from(auditEntries)
    .where(
      and(
        account === ANY_ACCOUNT ? undefined : inArray(accountId, [account].flat()),
        filter.actor === undefined ? undefined : eq(sql`${actor} ->> 'id'`, filter.actor),
        filter.action === undefined ? undefined : eq(action, filter.action),
        filter.target === undefined ? undefined : eq(target, filter.target),
        filter.from === undefined ? undefined : gte(entryId, firstIdAt("aud", filter.from)),
        filter.to === undefined ? undefined : lt(entryId, firstIdAt("aud", filter.to)),
        before === undefined ? undefined : lt(entryId, before),
      ),
    )
    .orderBy(desc(entryId))
    .limit(limit);
}

/** The oldest, made before that time. */
export function deleteOldEntries(db: Database, before: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM audit_entries WHERE entry_id IN (
      SELECT entry_id FROM audit_entries WHERE entry_id < ${firstIdAt("aud", before)} ORDER BY entry_id LIMIT ${chunk})`,
  );
}

function accountOf(of: EntryOwner) {
  if (of === null) return sql`NULL`;
  if ("account" in of) return sql`${of.account}`;
  const account =
    "destination" in of
      ? sql`SELECT account FROM destinations WHERE destination_id = ${of.destination}`
      : "event" in of
        ? sql`SELECT account FROM events WHERE event_id = ${of.event}`
        : "link" in of
          ? sql`SELECT account FROM portal_links WHERE link_id = ${of.link}`
          : sql`SELECT x.account FROM recoveries r JOIN destinations x ON x.key = r.destination
              WHERE r.recovery_id = ${of.recovery}`;
  return sql`(SELECT account_id FROM accounts WHERE id = (${account}))`;
}

function json(value: Record<string, unknown> | null) {
  return value === null ? null : JSON.stringify(value);
}
