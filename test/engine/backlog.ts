/** Many events, and a database that is slow to remove them. */
import { env } from "cloudflare:workers";
import { watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { sendEvent, type Tenant } from "./tenant";
import type { World } from "./world";

/** Stores events as they are after they have arrived, by the hand of the test: a thousand would take their time. */
export async function delivered(world: World, tenant: Tenant, count: number): Promise<void> {
  await sendEvent(world, tenant, githubPayload("push"));
  const copy = (table: string, columns: string) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
       INSERT INTO ${table} SELECT substr(event_id, 1, 24) || substr('000000' || i, -6), ${columns} FROM ${table}, n
       WHERE event_id = (SELECT max(event_id) FROM events)`,
    );
  const columnsOf = async (table: string) => {
    const { results } = await env.DB.prepare(`SELECT name FROM pragma_table_info('${table}')`).all<{ name: string }>();
    return results.slice(1).map(({ name }) => name);
  };
  const tables = ["attempts", "deliveries", "events"];
  const columns = await Promise.all(tables.map(columnsOf));
  await env.DB.batch([
    env.DB.prepare("PRAGMA defer_foreign_keys = on"),
    ...tables.map((table, i) => copy(table, columns[i]!.join(", "))),
  ]);
}

/** What one round trip did: how many events it removed. */
export type Trip = { removed: number };

/**
 * D1 that says of every statement that it took so long. That is what the size of the chunks goes by, so a test of how
 * many are removed does not depend on the machine.
 *
 * @param during what happens once a round trip was asked, before it is answered
 */
export function databaseThatTakes(ms: number, during: (trip: number) => unknown = () => undefined) {
  const trips: Trip[] = [];
  const watched = watchedDatabase(() => void trips.push({ removed: 0 }));
  const stored = async () => (await env.DB.prepare("SELECT count(*) AS n FROM events").first<number>("n")) ?? 0;
  const batch = async (statements: D1PreparedStatement[]) => {
    const trip = trips.length;
    const before = await stored();
    const asked = watched.batch(statements);
    await during(trip);
    const results = await asked;
    trips[trip] = { removed: before - (await stored()) };
    return results.map((result) => ({ ...result, meta: { ...result.meta, duration: ms } }));
  };
  const DB = { prepare: (sql: string) => watched.prepare(sql), batch } as unknown as D1Database;
  /** Of each round trip that removed something, how many events. */
  const removed = () => trips.flatMap((trip) => (trip.removed > 0 ? [trip.removed] : []));
  return { DB, trips, removed };
}
