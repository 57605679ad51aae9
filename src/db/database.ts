import type { SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema";

/** The database as the verbs see it: they run statements made in this folder, many in ONE `batch`. */
export type Database = DrizzleD1Database<typeof schema> & { $client: D1Database };

export function openDatabase(binding: D1Database): Database {
  return drizzle(binding, { schema });
}

/** A statement in SQL that answers with rows. */
export function all<Row>(db: Database, query: SQL) {
  return bindable(db, db.all<Row>(query));
}

/** A statement in SQL of which only the effect counts. */
export function run(db: Database, query: SQL) {
  return bindable(db, db.run(query));
}

/** Drizzle's batch on D1 (0.45) binds parameters to a prepared statement, which its raw statements lack. */
function bindable<Raw extends { getQuery(): { sql: string } }>(db: Database, raw: Raw): Raw {
  return Object.assign(raw, { stmt: db.$client.prepare(raw.getQuery().sql) });
}
