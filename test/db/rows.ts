/** Rows written as a situation wants them, and read back: what a statement of src/db is tried on, in a real D1. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { openDatabase } from "../../src/db/database";
import { accounts, type attempts, deliveries, destinations, events, flights } from "../../src/db/schema";
import { firstIdAt } from "../../src/vocabulary/ids";

export type Destination = typeof destinations.$inferSelect;
export type Event = typeof events.$inferSelect;
export type Delivery = typeof deliveries.$inferSelect;

export const NOW = Date.UTC(2026, 10, 24);
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const DAY_MS = 24 * 60 * MINUTE_MS;
/** When all that a test finds was written. */
export const LONG_AGO = NOW - 10 * DAY_MS;

export const db = openDatabase(env.DB);

/** The event of that place in the order of their ids. */
export const eventOf = (place: number) => firstIdAt("evt", NOW - DAY_MS + place);

/** Empties the database but for one account, whose `id` is 1. */
export async function begin(): Promise<void> {
  await db.delete(accounts);
  const at = { createdAt: LONG_AGO, updatedAt: LONG_AGO };
  await db.insert(accounts).values({ id: 1, accountId: "acc_1", email: "a@b.test", accountName: "A", ...at });
}

/** Enabled and with a closed circuit, unless the row says otherwise. */
export async function putDestination(row: Partial<Destination> & { key: number }): Promise<void> {
  const sealed = { sealedHeaders: "", sealedSecrets: "" };
  const settings = { url: "https://a.test", httpMethod: "POST", description: "", enabled: true, timeoutMs: 1 } as const;
  const at = { createdAt: LONG_AGO, updatedAt: LONG_AGO };
  await db
    .insert(destinations)
    .values({ destinationId: `dst_${row.key}`, account: 1, ...settings, ...sealed, ...at, ...row });
}

export async function putEvent(row: Partial<Event> & { eventId: string }): Promise<void> {
  await db.insert(events).values({ account: 1, sizeBytes: 2, receivedAt: LONG_AGO, payload: "{}", ...row });
}

/** Pending and due, with no attempt yet, unless the row says otherwise. */
export async function putDelivery(row: Partial<Delivery> & { eventId: string; destination: number }): Promise<void> {
  const due = { state: "pending", nextAttemptAt: LONG_AGO } as const;
  await db.insert(deliveries).values({ ...due, createdAt: LONG_AGO, updatedAt: LONG_AGO, ...row });
}

export async function destinationAt(key: number): Promise<Destination> {
  return one(await db.select().from(destinations).where(eq(destinations.key, key)));
}

/** An event on its first way to those destinations, under a lease that has long run out unless the row says otherwise. */
export async function putFlight(
  row: Partial<typeof flights.$inferInsert> & { eventId: string; destinations: number[] },
) {
  await db.insert(flights).values({ lease: row.eventId, begunAt: LONG_AGO, dueAt: LONG_AGO, ...row });
}

export async function flownEvents(): Promise<string[]> {
  return (await db.select().from(flights).orderBy(flights.eventId)).map(({ eventId }) => eventId);
}

export async function deliveryAt(eventId: string, destination: number): Promise<Delivery> {
  return one((await allDeliveries()).filter((row) => row.eventId === eventId && row.destination === destination));
}

/** Of all deliveries, in the order of their events and destinations, those on their first way too. */
export async function allDeliveries(): Promise<Delivery[]> {
  return (await readAll("all_deliveries", "event_id, destination")) as Delivery[];
}

export async function allAttempts(): Promise<(typeof attempts.$inferSelect)[]> {
  return (await readAll("all_attempts", "event_id, destination, number")) as (typeof attempts.$inferSelect)[];
}

/** How many rows the table has. */
export async function rowsOf(table: "attempts" | "deliveries" | "flights"): Promise<number> {
  return one((await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).all<{ n: number }>()).results).n;
}

async function readAll(view: string, order: string): Promise<unknown[]> {
  const { results } = await env.DB.prepare(`SELECT * FROM ${view} ORDER BY ${order}`).all();
  return results.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [camelCase(name), value])));
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function one<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error("no such row");
  return row;
}
