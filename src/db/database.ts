import type { SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

/** The database as the verbs see it: they run statements made in this folder, many in ONE `batch`. */
export type Database = DrizzleD1Database & { $client: D1Database };

export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

/** A statement in SQL that answers with rows. */
export function all<Row>(db: Database, query: SQL) {
  return bindable(db, db.all<Row>(query));
}

/** A statement in SQL of which only the effect counts. */
export function run(db: Database, query: SQL) {
  return bindable(db, db.run(query));
}

/** A parameter of D1 holds 2 MB, and a character takes at most three bytes. */
const PARAMETER_MAX_LENGTH = 600_000;

/** The rows as JSON for `json_each`: in one parameter, or in several where one would not hold them all. */
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
  return [...parameters, `[${part}]`];
}

/** Drizzle's batch on D1 (0.45) binds parameters to a prepared statement, which its raw statements lack. */
function bindable<Raw extends { getQuery(): { sql: string } }>(db: Database, raw: Raw): Raw {
  return Object.assign(raw, { stmt: db.$client.prepare(raw.getQuery().sql) });
}
