import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { deliveryId, destinationKey, firstIdAt } from "../../src/vocabulary/ids";
import { type Asked, watchedDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { Browser, operator, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, type Delivery, newAccount, type Page } from "../support/tenants";

/** Of two accounts, each has more than a page looks through. */
const EVENTS = 4_000;
const STEP_MS = 60_000;
const START = Date.UTC(2026, 9, 1);
/** What a page may read: some rows for each that it shows, or what it looks through to find them. */
const PAGE = 1_000;
const SEARCH = 9_000;
/** A seek for each minute or hour of the range, and the sums. */
const STATISTICS = 6_500;

type World = { account: string; destination: string; event: string; delivery: string; from: string; to: string };
type Door = "api" | "dashboard" | "portal";

const BIG_TABLES = /\b(?:FROM|JOIN)\s+"?(?:events|deliveries|attempts|stats)"?(?:\s+(?:AS\s+)?(\w+))?/gi;

let world: World;
let visit: (door: Door, path: string) => Promise<number>;
let asked: Asked[] = [];
const readBefore = new Map<string, number>();

const LISTS: [path: (world: World) => string, most: number][] = [
  [() => "/events", PAGE],
  [(w) => `/events?account_id=${w.account}`, PAGE],
  [(w) => `/events?account_id=${w.account}&cursor=${w.event}`, PAGE],
  [(w) => `/events?from=${w.from}&to=${w.to}`, PAGE],
  [(w) => `/events?event_id=${w.event.slice(0, 12)}`, PAGE],
  [() => "/events?state=delivered", PAGE],
  [() => "/events?state=exhausted", SEARCH],
  [() => "/events?state=pending", SEARCH],
  [(w) => `/events?account_id=${w.account}&state=pending`, SEARCH],
  [() => "/events?q=order", SEARCH],
  [() => "/events?q=nowhere", SEARCH],
  [(w) => `/events?account_id=${w.account}&q=nowhere&state=exhausted`, SEARCH],
  [() => "/deliveries", PAGE],
  [(w) => `/deliveries?cursor=${w.delivery}`, PAGE],
  [(w) => `/deliveries?from=${w.from}&to=${w.to}`, PAGE],
  [(w) => `/deliveries?cursor=${w.delivery}&from=${w.from}&to=${w.to}`, PAGE],
  [(w) => `/deliveries?account_id=${w.account}`, PAGE],
  [(w) => `/deliveries?account_id=${w.account}&cursor=${w.delivery}`, PAGE],
  [(w) => `/deliveries?account_id=${w.account}&state=exhausted`, SEARCH],
  [(w) => `/deliveries?destination_id=${w.destination}`, PAGE],
  [(w) => `/deliveries?destination_id=${w.destination}&from=${w.from}&to=${w.to}`, PAGE],
  [(w) => `/deliveries?destination_id=${w.destination}&state=exhausted`, PAGE],
  [(w) => `/deliveries?destination_id=${w.destination}&reason=attempts_exhausted`, PAGE],
  [(w) => `/deliveries?destination_id=${w.destination}&state=exhausted&cursor=${w.delivery}`, PAGE],
  [(w) => `/deliveries?destination_id=${w.destination}&state=pending`, SEARCH],
  [(w) => `/deliveries?destination_id=${w.destination}&status_code=418`, SEARCH],
  [() => "/deliveries?state=pending", SEARCH],
  [() => "/deliveries?state=delivered", PAGE],
  [() => "/deliveries?status_code=418", SEARCH],
  [() => "/deliveries?reason=gone", SEARCH],
  [() => "/deliveries?event_type=order.paid", SEARCH],
  [(w) => `/deliveries?account_id=${w.account}&event_type=order.paid`, SEARCH],
  [(w) => `/deliveries?destination_id=${w.destination}&event_type=order.paid`, SEARCH],
  [(w) => `/events/${w.event}`, 50],
  [(w) => `/deliveries/${w.delivery}`, 50],
];

const PAGES: [path: (world: World) => string, most: number][] = [
  ...LISTS,
  [(w) => `/destinations/${w.destination}`, STATISTICS + PAGE],
];

const OPERATORS_PAGES: typeof PAGES = [
  ...PAGES,
  [() => "", STATISTICS + 100],
  [() => "?range=30d", STATISTICS + 100],
  [() => "/accounts", 200],
  [(w) => `/accounts/${w.account}`, PAGE],
  [(w) => `/accounts/${w.account}/remove`, 1_100],
];

const NAMES: World = {
  account: "A",
  destination: "D",
  event: "evt_E",
  delivery: "dlv_D",
  from: "then",
  to: "later",
};

const QUESTIONS = (
  [
    ["api", LISTS],
    ["dashboard", OPERATORS_PAGES],
    ["portal", [...PAGES, [() => "", PAGE]]],
  ] as [Door, typeof PAGES][]
).flatMap(([door, paths]) => paths.map(([path, most]) => [door, path(NAMES), path, most] as const));

beforeAll(async () => {
  const accounts = [await newAccount(), await newAccount()] as const;
  const destinations = await Promise.all(
    accounts.flatMap((account) => [
      addDestination(account, openReceiver().url),
      addDestination(account, openReceiver().url),
    ]),
  );
  const destination = destinations[0]?.destination_id ?? "";
  const event = idOf(EVENTS / 2);
  world = {
    account: accounts[0].account_id,
    destination,
    event,
    delivery: deliveryId(event, destinationKey(destination)),
    from: timeOf(100),
    to: timeOf(EVENTS - 100),
  };
  visit = await watchedVisits(accounts[0]);
  await fill(accounts, 0);
  for (const [door, name, path] of QUESTIONS) readBefore.set(door + name, (await costOf(door, path(world))).rowsRead);
  await fill(accounts, STEP_MS / 2);
});

const idOf = (n: number) => firstIdAt("evt", START + n * STEP_MS);
const timeOf = (n: number) => new Date(START + n * STEP_MS).toISOString();

/** Events a minute apart, each second one of the same account, two of twenty-five exhausted; the rest arrived. */
async function fill(accounts: readonly Account[], offsetMs: number): Promise<void> {
  const rows = [...Array(EVENTS).keys()].map((n) => ({
    id: firstIdAt("evt", START + n * STEP_MS + offsetMs),
    at: START + n * STEP_MS + offsetMs,
    account: accounts[n % 2]?.account_id,
    failed: n % 25 < 2 ? 1 : 0,
  }));
  const json = JSON.stringify(rows);
  const made = "FROM json_each(?) j JOIN events e ON e.event_id = j.value ->> 'id'";
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT value ->> 'id', (SELECT id FROM accounts WHERE account_id = value ->> 'account'), 20, value ->> 'at',
              '{"order":' || key || '}' FROM json_each(?)`,
    ).bind(json),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, reason, attempt_count, last_status_code, created_at, updated_at)
       SELECT e.event_id, x.key, iif(value ->> 'failed', 'exhausted', 'delivered'),
              iif(value ->> 'failed', 'attempts_exhausted', NULL), 1, iif(value ->> 'failed', 500, 200), received_at, received_at
       ${made} JOIN destinations x ON x.account = e.account`,
    ).bind(json),
    env.DB.prepare(
      `INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code)
       SELECT e.event_id, x.key, 1, received_at, 5, iif(value ->> 'failed', 'http_error', 'success'), 200
       ${made} JOIN destinations x ON x.account = e.account`,
    ).bind(json),
  ]);
}

/** Whoever asks, by each door; what the database is asked is kept. */
async function watchedVisits(account: Account): Promise<typeof visit> {
  const { door } = openGateway({ DB: watchedDatabase((trip) => void asked.push(...trip.asked)) });
  const dashboard = await operator(env.ADMIN_TOKEN, door);
  const portal = new Browser(door);
  portal.setCookie("__Host-dp_tenant", (await tenant(account)).browser.cookieOf("__Host-dp_tenant"));
  return async (by, path) => {
    if (by === "api") return (await call("GET", path, undefined, { door })).status;
    // a tenant has no choice of accounts
    const own = by === "portal" ? path.replace(/account_id=\w+&?/, "") : path;
    return (await (by === "dashboard" ? dashboard : portal).visit(`/${by}${own}`)).status;
  };
}

/** What the database reads for it, and by which plans. */
async function costOf(door: Door, path: string): Promise<{ status: number; rowsRead: number; scans: string[] }> {
  asked = [];
  const status = await visit(door, path);
  let rowsRead = 0;
  const scans = [];
  for (const { sql, parameters } of asked) {
    const statement = (text: string) => env.DB.prepare(text).bind(...parameters);
    rowsRead += (await statement(sql).all()).meta.rows_read;
    const { results } = await statement(`EXPLAIN QUERY PLAN ${sql}`).all<{ detail: string }>();
    const big = new Set([...sql.matchAll(BIG_TABLES)].flatMap(([whole, alias]) => [alias, whole.split(/[\s"]+/)[1]]));
    for (const { detail } of results) {
      const [, table] = /^SCAN (\w+)(?!.* INDEX )/.exec(detail) ?? [];
      if ((table && big.has(table)) || /AUTOMATIC/.test(detail)) scans.push(`${detail} in ${sql}`);
    }
  }
  return { status, rowsRead, scans };
}

describe("what is read for", () => {
  it.each(QUESTIONS)(
    "%s %s is bounded, found by indexes, and no more with twice as much",
    async (door, name, path, most) => {
      const { status, rowsRead, scans } = await costOf(door, path(world));
      expect([status, scans, rowsRead > 0]).toEqual([200, [], true]);
      expect(rowsRead).toBeLessThanOrEqual(most);
      expect(rowsRead).toBeLessThanOrEqual((readBefore.get(door + name) ?? 0) * 1.1 + 20);
    },
  );
});

it("a page of deliveries of one type looks as far back as a page of events", async () => {
  const { json } = await call<{ data: unknown[]; searched_back_to: string }>(
    "GET",
    `/deliveries?account_id=${world.account}&event_type=nothing`,
  );
  // of two that came in a minute, each second minute's are this account's
  expect([json.data, json.searched_back_to]).toEqual([[], timeOf(EVENTS - 1_000)]);
});

it.each<[string, (world: World) => string]>([
  ["all", () => ""],
  ["an account", (w) => `&account_id=${w.account}`],
  ["a destination", (w) => `&destination_id=${w.destination}`],
  ["a destination that failed", (w) => `&destination_id=${w.destination}&state=exhausted`],
])("a list of %s begins at its cursor or at the end of its range, whichever comes first", async (_whose, path) => {
  const filter = path(world);
  const first = async (query: string) => {
    const { json } = await call<Page<Delivery>>("GET", `/deliveries?limit=1${filter}${query}`);
    return json.data[0]?.event_id ?? "";
  };
  expect(await first(`&cursor=${world.delivery}&to=${world.to}`)).toBe(await first(`&cursor=${world.delivery}`));
  expect(await first(`&cursor=${world.delivery}&to=${world.from}`)).toBe(await first(`&to=${world.from}`));
  expect((await first(`&cursor=${world.delivery}`)) > (await first(`&to=${world.from}`))).toBe(true);
});
