/** Statements on accounts. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, inArray, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type AccountScope, ANY_ACCOUNT } from "../vocabulary/account-scope";
import { all, type Database, run } from "./database";
import { accounts, alerts, destinations, eventTypes, portalLinks, tokens } from "./schema";

export type NewAccount = Omit<typeof accounts.$inferInsert, "id" | "removedAt"> & {
  accountId: string;
  emailKey: string;
};

/** An account that is not removed, as everyone sees it. */
export type AccountRow = {
  id: number;
  accountId: string;
  email: string;
  accountName: string;
  website: string | null;
  forwardHeaders: string[] | null;
  publicHeaders: string[] | null;
  rateLimit: number | null;
  eventTypePath: string | null;
  eventTypeHeader: string | null;
  suspendedAt: number | null;
  createdAt: number;
  updatedAt: number;
};

const COLUMNS = {
  id: accounts.id,
  accountId: sql<string>`${accounts.accountId}`.as("account_id"),
  email: accounts.email,
  accountName: accounts.accountName,
  website: accounts.website,
  forwardHeaders: accounts.forwardHeaders,
  publicHeaders: accounts.publicHeaders,
  rateLimit: accounts.rateLimit,
  eventTypePath: accounts.eventTypePath,
  eventTypeHeader: accounts.eventTypeHeader,
  suspendedAt: accounts.suspendedAt,
  createdAt: accounts.createdAt,
  updatedAt: accounts.updatedAt,
};

export function insertAccount(db: Database, account: NewAccount) {
  return db.insert(accounts).values(account).returning(COLUMNS);
}

export function selectAccount(db: Database, accountId: string) {
  return db.select(COLUMNS).from(accounts).where(eq(accounts.accountId, accountId));
}

/** Newest first, those made before `before`; `search`, folded as `name_key` is, is looked for in id, name and e-mail. */
export function selectAccounts(
  db: Database,
  account: AccountScope,
  filter: { search?: string | undefined; before?: number | undefined },
  limit: number,
) {
  const found = (text: string) =>
    sql`instr(lower(${accounts.accountId}) || ' ' || coalesce(${accounts.nameKey}, lower(${accounts.accountName}))
              || ' ' || coalesce(${accounts.emailKey}, ''), ${text}) > 0`;
  return db
    .select(COLUMNS)
    .from(accounts)
    .where(
      and(
        account === ANY_ACCOUNT ? isNotNull(accounts.accountId) : inArray(accounts.accountId, [account].flat()),
        filter.search ? found(filter.search) : undefined,
        filter.before === undefined ? undefined : lt(accounts.id, filter.before),
      ),
    )
    .orderBy(desc(accounts.id))
    .limit(limit);
}

/** Accounts whose names are not folded yet. */
export function selectUnfoldedNames(db: Database, limit: number) {
  return db
    .select({ id: accounts.id, accountName: accounts.accountName })
    .from(accounts)
    .where(and(isNull(accounts.nameKey), isNotNull(accounts.accountId)))
    .limit(limit);
}

/** Keeps the folded names of accounts that are still called so. */
export function updateNameKeys(db: Database, names: { id: number; accountName: string; nameKey: string }[]) {
  return run(
    db,
    sql`
    UPDATE accounts AS a SET name_key = j.value ->> 'nameKey'
    FROM json_each(${JSON.stringify(names)}) j
    WHERE a.id = j.value ->> 'id' AND a.account_name = j.value ->> 'accountName' AND a.name_key IS NULL`,
  );
}

export type AccountChange = Pick<
  NewAccount,
  | "email"
  | "emailKey"
  | "accountName"
  | "nameKey"
  | "website"
  | "forwardHeaders"
  | "publicHeaders"
  | "rateLimit"
  | "eventTypePath"
  | "eventTypeHeader"
>;

/**
 * Changes the given fields, unless somebody else did after `readAt` where that is given; what is not given stays. Where its
 * events have their type is a part of its catalogue.
 */
export function updateAccount(
  db: Database,
  accountId: string,
  change: Partial<AccountChange>,
  now: number,
  { readAt }: { readAt: number | undefined },
) {
  return db
    .update(accounts)
    .set({
      ...change,
      ...((change.eventTypePath !== undefined || change.eventTypeHeader !== undefined) && {
        catalogueRevision: sql`catalogue_revision + (catalogue_revision > 0) - (catalogue_revision < 0)`,
      }),
      updatedAt: sql`max(${now}, ${accounts.updatedAt} + 1)`,
    })
    .where(and(eq(accounts.accountId, accountId), readAt === undefined ? undefined : eq(accounts.updatedAt, readAt)))
    .returning(COLUMNS);
}

/**
 * Makes the account gone for everyone: its tokens, its links, its destinations with their secrets, its name. What is left,
 * its events, hangs on a nameless row until it is removed in chunks. The name goes last: the others are found by it.
 */
export function removeAccount(db: Database, accountId: string, now: number) {
  return {
    tokens: db.delete(tokens).where(eq(tokens.account, idOf(accountId))),
    portalLinks: db.delete(portalLinks).where(eq(portalLinks.account, idOf(accountId))),
    alerts: db.delete(alerts).where(eq(alerts.account, idOf(accountId))),
    eventTypes: db.delete(eventTypes).where(eq(eventTypes.account, idOf(accountId))),
    destinations: db.delete(destinations).where(eq(destinations.account, idOf(accountId))),
    removed: db
      .update(accounts)
      .set({
        accountId: null,
        email: "",
        emailKey: null,
        accountName: "",
        nameKey: null,
        website: null,
        forwardHeaders: null,
        publicHeaders: null,
        eventTypePath: null,
        eventTypeHeader: null,
        removedAt: now,
      })
      .where(eq(accounts.accountId, accountId))
      .returning({ id: accounts.id }),
  };
}

/** Its destinations that are enabled wait with it; `switched` answers for the account, where it was not suspended. */
export function suspendAccount(db: Database, accountId: string, now: number) {
  return {
    destinations: run(
      db,
      sql`
      UPDATE destinations SET enabled = 0, disabled_reason = 'account_suspended', paused_at = ${now}, wake_at = NULL,
                              updated_at = max(${now}, updated_at + 1)
      WHERE account = ${idOf(accountId)} AND enabled AND removed_at IS NULL`,
    ),
    switched: switchAccount(db, accountId, now, isNull(accounts.suspendedAt), now),
    accounts: selectAccount(db, accountId),
  };
}

/** Its destinations that waited with it go on at once, what is held for them first. */
export function resumeAccount(db: Database, accountId: string, now: number) {
  return {
    destinations: run(
      db,
      sql`
      UPDATE destinations SET enabled = 1, disabled_reason = NULL, paused_at = NULL, wake_at = ${now},
                              -- the time that it was suspended is no failure of theirs
                              failing_since = CASE WHEN failing_since IS NOT NULL THEN ${now} END,
                              updated_at = max(${now}, updated_at + 1)
      WHERE account = ${idOf(accountId)} AND disabled_reason = 'account_suspended' AND removed_at IS NULL`,
    ),
    switched: switchAccount(db, accountId, null, isNotNull(accounts.suspendedAt), now),
    accounts: selectAccount(db, accountId),
  };
}

function switchAccount(db: Database, accountId: string, suspendedAt: number | null, where: SQL, now: number) {
  return db
    .update(accounts)
    .set({ suspendedAt, updatedAt: sql`max(${now}, ${accounts.updatedAt} + 1)` })
    .where(and(eq(accounts.accountId, accountId), where));
}

/** How much hangs on the account; events are counted up to `mostEvents`. */
export function countBelongings(db: Database, accountId: string, mostEvents: number) {
  return all<{ destinations: number; events: number }>(
    db,
    sql`
    SELECT (SELECT count(*) FROM destinations x WHERE x.account = a.id AND x.removed_at IS NULL) AS destinations,
           (SELECT count(*) FROM (SELECT 1 FROM events e WHERE e.account = a.id LIMIT ${mostEvents})) AS events
    FROM accounts a WHERE a.account_id = ${accountId}`,
  );
}

/** That the account `a` of a statement is in scope; a removed one never is. */
export function inScope(account: AccountScope) {
  if (account === ANY_ACCOUNT) return sql`a.account_id IS NOT NULL`;
  return typeof account === "string"
    ? sql`a.account_id = ${account}`
    : sql`a.account_id IN (SELECT value FROM json_each(${JSON.stringify(account)}))`;
}

/** The integer behind an account's id, inside a statement. */
export function idOf(accountId: string) {
  return sql<number>`(SELECT id FROM accounts WHERE account_id = ${accountId})`;
}
