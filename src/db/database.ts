import { type Query, SQL, StringChunk, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

/** The database as the verbs see it: they run statements made in this folder, many in ONE `batch`. */
export type Database = DrizzleD1Database & { $client: D1Database };

export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

/** A statement in SQL that answers with rows. */
export function all<Row>(db: Database, query: SQL) {
  return bindable(db, query, db.all<Row>(query));
}

/** A statement in SQL of which only the effect counts. */
export function run(db: Database, query: SQL) {
  return bindable(db, query, db.run(query));
}

/** A whole number as text: SQLite plans a statement anew, each time, for a `LIMIT` that is bound. */
export function literal(count: number): SQL {
  return sql.raw(String(Math.trunc(count)));
}

/** A parameter of D1 holds 2 MB, and a character takes at most three bytes. */
const PARAMETER_MAX_LENGTH = 600_000;

/** The rows as JSON for `json_each`: in one parameter, in several where one would not hold them all, in none where there are none. */
export function jsonParameters(rows: unknown[]): string[] {
  const parameters: string[] = [];
  let part: string[] = [];
  let length = 0;
  for (const text of rows.map((row) => JSON.stringify(row))) {
    if (part.length > 0 && length + text.length > PARAMETER_MAX_LENGTH) {
      parameters.push(`[${part}]`);
      part = [];
      length = 0;
    }
    part.push(text);
    length += text.length + 1;
  }
  return part.length === 0 ? parameters : [...parameters, `[${part}]`];
}

/**
 * Drizzle's batch on D1 (0.45) binds parameters to a prepared statement, which its raw statements lack, and asks each
 * several times for its text, which is built here once.
 */
function bindable<Raw extends { getQuery(): Query }>(db: Database, query: SQL, raw: Raw): Raw {
  const built: Query = { sql: "", params: [] };
  const statement = addTo(built, query) ? built : raw.getQuery();
  return Object.assign(raw, { getQuery: () => statement, stmt: db.$client.prepare(statement.sql) });
}

/**
 * Adds a template's text and values as Drizzle does, in a fraction of the time that it takes to ask of each part what of
 * forty things it is. False where there is something else in it: a column, a list.
 */
function addTo(built: Query, query: SQL): boolean {
  for (const chunk of query.queryChunks) {
    if (chunk instanceof StringChunk) built.sql += chunk.value.join("");
    else if (chunk instanceof SQL) {
      if (!addTo(built, chunk)) return false;
    } else if (typeof chunk === "object" && chunk !== null) return false;
    else if (chunk !== undefined) {
      built.sql += "?";
      built.params.push(chunk);
    }
  }
  return true;
}
