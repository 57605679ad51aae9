/**
 * Counts what an event costs from its acceptance to its removal, on a real D1. `docs/cost.md` is computed from it: after a
 * change, `npx vitest run --project worker test/cost/counted.test.ts --update`, then `npm run cost`.
 */
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import kept from "../../bench/cost/counted.json";
import { type Counted, type Life, type Minute, PAYLOAD_BYTES } from "../../bench/cost/life";
import { gatewayOf } from "../../src/env";
import { expireEvents } from "../../src/events/expire-events";
import { eventRequest, newTenant, sendEvent, type Tenant } from "../engine/tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, World } from "../engine/world";
import { watchedDatabase } from "../support/database";

const DESTINATIONS = [1, 3, 10];
const RETENTION_DAYS = 30;
/** So many that it matters little how full the pages are, which depends on random ids. */
const STORED_EVENTS = 50;
const STORED_DIFFERS_BY = 0.05;
const BUSY_MINUTES = 60;

type Spent = { rowsWritten: number; rowsRead: number; roundTrips: number; queueMessages: number };

let world: World;
let spent: Spent;
let database: D1Database;
afterEach(() => world.close());

async function openWorld(): Promise<void> {
  spent = { rowsWritten: 0, rowsRead: 0, roundTrips: 0, queueMessages: 0 };
  database = watchedDatabase(
    () => void spent.roundTrips++,
    (written, read) => {
      spent.rowsWritten += written;
      spent.rowsRead += read;
    },
  );
  await env.DB.prepare("DELETE FROM stats").run();
  world = await World.open({ RETENTION_DAYS: String(RETENTION_DAYS), DB: database });
  world.copies = () => {
    spent.queueMessages++;
    return 1;
  };
}

/** What was spent meanwhile, which does not count for whoever asks the same around it. */
async function spentIn(go: () => Promise<unknown>): Promise<Spent> {
  const before = spent;
  spent = { rowsWritten: 0, rowsRead: 0, roundTrips: 0, queueMessages: 0 };
  await go();
  const meanwhile = spent;
  spent = before;
  return meanwhile;
}

const tenantWith = (destinations: number) =>
  newTenant(
    world,
    Array.from({ length: destinations }, () => ({})),
  );
const payloadOf = (bytes: number) => JSON.stringify({ text: "x".repeat(bytes - `{"text":""}`.length) });

/** Removes what was there, and nothing else of what the cron does. */
async function expire(): Promise<void> {
  world.advance((RETENTION_DAYS + 1) * DAY_MS);
  const gateway = gatewayOf({ ...env, RETENTION_DAYS: String(RETENTION_DAYS), DB: database });
  await expireEvents(gateway, gateway.retention, 7);
  expect(await world.rows("events")).toBe(0);
}

/** One event, of which some deliveries arrive at their second attempt only. */
async function lifeOf(tenant: Tenant, retries: number, key?: string): Promise<Omit<Life, "storedBytes">> {
  const failing = tenant.destinations.slice(0, retries).map(({ url }) => url);
  const gate = Promise.withResolvers<void>();
  world.answer = async (url) => {
    await gate.promise;
    return new Response("ok", { status: failing.includes(url) ? 500 : 200 });
  };
  let afterAnswer = Promise.resolve();
  const accept = await spentIn(async () => {
    const { answered, done } = world.begin(eventRequest(tenant, payloadOf(2_000), key));
    afterAnswer = done;
    expect(await answered).toMatchObject({ status: 200 });
  });
  const record = await spentIn(() => {
    gate.resolve();
    return afterAnswer;
  });
  world.answer = () => new Response("ok");
  world.advance(10 * SECOND_MS);
  const retry = await spentIn(() => world.consume());
  expect(await world.pending()).toBe(0);
  const remove = await spentIn(expire);
  const sum = (what: keyof Spent) => accept[what] + record[what] + retry[what] + remove[what];
  return {
    destinations: tenant.destinations.length,
    retries,
    rowsWritten: {
      accept: accept.rowsWritten,
      record: record.rowsWritten,
      retry: retry.rowsWritten,
      remove: remove.rowsWritten,
    },
    rowsRead: rounded(sum("rowsRead"), 10),
    roundTrips: sum("roundTrips") - remove.roundTrips,
    queueMessages: sum("queueMessages"),
    invocations: 1 + retries,
  };
}

async function databaseBytes(): Promise<number> {
  return (await env.DB.prepare("SELECT 1").run()).meta.size_after;
}

/** What was found the last time, where that is about the same. */
async function storedBytesOf(tenant: Tenant, payloadBytes: number): Promise<number> {
  const before = (kept as Counted).lives.find(({ destinations }) => destinations === tenant.destinations.length);
  const last = before?.storedBytes[payloadBytes] ?? 0;
  const found = await measureStoredBytes(tenant, payloadBytes);
  return Math.abs(found - last) <= STORED_DIFFERS_BY * last ? last : rounded(found, 100);
}

async function measureStoredBytes(tenant: Tenant, payloadBytes: number): Promise<number> {
  let before = await databaseBytes();
  do
    await sendEvent(world, tenant, payloadOf(20_000)); // until no page is free that was used before
  while ((await databaseBytes()) === before);
  before = await databaseBytes();
  for (let i = 0; i < STORED_EVENTS; i++) await sendEvent(world, tenant, payloadOf(payloadBytes));
  return ((await databaseBytes()) - before) / STORED_EVENTS;
}

function sumOf(rows: Life["rowsWritten"]): number {
  return Object.values(rows).reduce((sum, of) => sum + of, 0);
}

function rounded(figure: number, to: number): number {
  return to * Math.round(figure / to);
}

/**
 * What the cron costs in a minute in which events came, until its statistics are removed. What it reads to catch up with
 * the days between, which here pass at once, is no minute's.
 */
async function minuteOf(tenant: Tenant): Promise<Minute> {
  // a fresh database has the minutes of two days to look through once
  for (let i = 0; i < 30; i++) await world.cron();
  const busy = await spentIn(() =>
    world.pass(BUSY_MINUTES * MINUTE_MS, MINUTE_MS, () => spentIn(() => sendEvent(world, tenant, payloadOf(2_000)))),
  );
  const later = await spentIn(async () => {
    for (const age of [2 * HOUR_MS, 3 * DAY_MS]) {
      world.advance(age);
      for (let i = 0; i < 5; i++) await world.cron();
    }
  });
  return {
    rowsWritten: rounded((busy.rowsWritten + later.rowsWritten) / BUSY_MINUTES, 1),
    rowsRead: rounded(busy.rowsRead / BUSY_MINUTES, 10),
  };
}

it("an event's life, removal included, is what docs/cost.md is computed from", { timeout: 120_000 }, async () => {
  const counted: Counted = { lives: [], minutes: {}, rowsWrittenForAKey: 0 };
  for (const destinations of DESTINATIONS) {
    await openWorld();
    const tenant = await tenantWith(destinations);
    await sendEvent(world, tenant, payloadOf(2_000)); // what the first finds missing costs the others nothing
    await expire();
    const plain = await lifeOf(tenant, 0);
    const withKey = await lifeOf(tenant, 0, `order-${destinations}`);
    const lives = [plain, await lifeOf(tenant, 1)];
    counted.rowsWrittenForAKey = sumOf(withKey.rowsWritten) - sumOf(plain.rowsWritten);
    counted.minutes[destinations] = await minuteOf(tenant);
    const storedBytes: Life["storedBytes"] = {};
    for (const bytes of PAYLOAD_BYTES) storedBytes[bytes] = await storedBytesOf(tenant, bytes);
    counted.lives.push(...lives.map((life) => ({ ...life, storedBytes })));
    world.close();
  }
  await expect(`${JSON.stringify(counted, null, 2)}\n`).toMatchFileSnapshot("../../bench/cost/counted.json");
});
