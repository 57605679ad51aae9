/** Statements on accounts' catalogues of event types. Unexecuted; a verb runs them in ONE batch. */
import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import { idOf } from "./accounts";
import { all, type Database, literal, run } from "./database";
import { eventTypes } from "./schema";

export type EventTypeRow = Omit<typeof eventTypes.$inferSelect, "account">;
export type EventTypeInput = Omit<EventTypeRow, "createdAt" | "updatedAt">;

const COLUMNS = {
  type: eventTypes.type,
  description: eventTypes.description,
  validation: eventTypes.validation,
  schema: eventTypes.schema,
  example: eventTypes.example,
  createdAt: eventTypes.createdAt,
  updatedAt: eventTypes.updatedAt,
};

/** By name, those after `after`. */
export function selectEventTypes(db: Database, accountId: string, after: string | undefined, limit: number) {
  const behind = after === undefined ? undefined : gt(eventTypes.type, after);
  return db
    .select(COLUMNS)
    .from(eventTypes)
    .where(and(eq(eventTypes.account, idOf(accountId)), behind))
    .orderBy(asc(eventTypes.type))
    .limit(limit);
}

/** All of the account, by name, without what may be long. */
export function selectTypeNames(db: Database, accountId: string) {
  return db
    .select({ type: eventTypes.type, description: eventTypes.description })
    .from(eventTypes)
    .where(eq(eventTypes.account, idOf(accountId)))
    .orderBy(asc(eventTypes.type));
}

export function selectEventType(db: Database, accountId: string, type: string) {
  return db
    .select(COLUMNS)
    .from(eventTypes)
    .where(and(eq(eventTypes.account, idOf(accountId)), eq(eventTypes.type, type)));
}

/** How many types an account keeps, and how many bytes all its schemas have. */
export type CatalogueBounds = { types: number; schemaBytes: number };

/** Keeps what is said of the type in place of what was; nothing for an unknown account, or where it would be too much. */
export function upsertEventType(
  db: Database,
  accountId: string,
  { type, description, validation, schema, example }: EventTypeInput,
  now: number,
  most: CatalogueBounds,
) {
  return all<{ createdAt: number; updatedAt: number }>(
    db,
    sql`
    INSERT INTO event_types (account, type, description, validation, schema, example, created_at, updated_at)
    SELECT a.id, ${type}, ${description}, ${validation}, ${schema}, ${example}, ${now}, ${now} FROM accounts a
    WHERE a.account_id = ${accountId} AND (
      SELECT count(*) < ${most.types}
             AND coalesce(sum(octet_length(t.schema)), 0) + coalesce(octet_length(${schema}), 0) <= ${most.schemaBytes}
      FROM event_types t WHERE t.account = a.id AND t.type <> ${type})
    ON CONFLICT (account, type) DO UPDATE SET
      description = excluded.description, validation = excluded.validation, schema = excluded.schema,
      example = excluded.example, updated_at = max(excluded.updated_at, event_types.updated_at + 1)
    RETURNING created_at AS createdAt, updated_at AS updatedAt`,
  );
}

export function deleteEventType(db: Database, accountId: string, type: string) {
  return db
    .delete(eventTypes)
    .where(and(eq(eventTypes.account, idOf(accountId)), eq(eventTypes.type, type)))
    .returning({ type: eventTypes.type });
}

/**
 * Lets every isolate know that what it knows of the account's catalogue has changed. Follows the change or its audit entry,
 * and does nothing where these did nothing.
 */
export function raiseRevision(db: Database, accountId: string) {
  return run(
    db,
    sql`
    UPDATE accounts AS a SET catalogue_revision = (abs(a.catalogue_revision) + 1) * iif(EXISTS (
      SELECT 1 FROM event_types t WHERE t.account = a.id AND t.validation <> 'off'), 1, -1)
    WHERE a.account_id = ${accountId} AND changes() > 0`,
  );
}

export type SeenType = { type: string; count: number; lastEventId: string };

/** Types of the account's latest events that it does not keep, by name; read in an index. */
export function selectSeenTypes(db: Database, accountId: string, window: number, limit: number) {
  return all<SeenType>(
    db,
    sql`
    SELECT l.event_type AS type, count(*) AS count, max(l.event_id) AS lastEventId
    FROM (SELECT event_id, event_type FROM events INDEXED BY events_account WHERE account = ${idOf(accountId)}
          ORDER BY event_id DESC LIMIT ${literal(window)}) l
    WHERE l.event_type IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM event_types t WHERE t.account = ${idOf(accountId)} AND t.type = l.event_type)
    GROUP BY l.event_type ORDER BY l.event_type LIMIT ${literal(limit)}`,
  );
}

/** The revision of the account `a` that its events are checked against; 0 where nothing is checked. */
export const CHECKED_REVISION = sql`max(a.catalogue_revision, 0)`;

/** What the events of the account `a` are checked against, as JSON, where `known` is another revision. */
export function catalogueBeyond(known: SQL): SQL {
  return sql`
    CASE WHEN ${CHECKED_REVISION} <> ${known} THEN (
      SELECT json_object('revision', ${CHECKED_REVISION}, 'header', a.event_type_header, 'path', a.event_type_path, 'types',
               json_group_array(json_object('type', t.type, 'validation', t.validation, 'schema', t.schema)))
      FROM event_types t WHERE t.account = a.id AND t.validation <> 'off') END`;
}
