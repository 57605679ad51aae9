/** With `ACCEPT=queue` a token that lets nobody in is refused before the queue takes its event. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database";
import { KnownTokens } from "../../src/events/known-tokens";
import { watchedDatabase } from "../support/database";
import { eventRequest, manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { SECOND_MS, World } from "./world";

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open({ ACCEPT: "queue" });
  tenant = await newTenant(world);
});
afterEach(() => world.close());

const statusOf = async () => (await sendEvent(world, tenant, "{}")).status;
const ENDS: [string, (tenant: Tenant) => Promise<unknown>][] = [
  ["rotated out", ({ accountId }) => manage(world, "POST", `/accounts/${accountId}/tokens`, { overlap_seconds: 0 })],
  ["that of a removed account", ({ accountId }) => manage(world, "DELETE", `/accounts/${accountId}`)],
  [
    "revoked",
    async ({ accountId }) => {
      const { json } = await manage<{ data: { token_id: string }[] }>(world, "GET", `/accounts/${accountId}/tokens`);
      return manage(world, "DELETE", `/accounts/${accountId}/tokens/${json.data[0]?.token_id}`);
    },
  ],
];

describe.each(ENDS)("a token that is %s", (_how, end) => {
  it("is refused at once where it ended", async () => {
    expect(await statusOf()).toBe(202);
    await end(tenant);
    expect(await statusOf()).toBe(401);
    expect(world.queue).toHaveLength(1);
  });

  it("is refused ten seconds later everywhere else", async () => {
    const elsewhere = world.newIsolate();
    const there = async () => (await world.request(eventRequest(tenant, "{}"), elsewhere)) as Response;
    expect((await there()).status).toBe(202);
    await end(tenant);
    world.advance(10 * SECOND_MS);
    expect((await there()).status).toBe(401);
  });
});

it("a token that runs out is not known any longer than it lasts", async () => {
  await manage(world, "POST", `/accounts/${tenant.accountId}/tokens`, { overlap_seconds: 5 });
  expect(await statusOf()).toBe(202);
  world.advance(5 * SECOND_MS);
  expect(await statusOf()).toBe(401);
});

it("a database that says nothing for two seconds keeps nobody waiting: the queue takes the event", async () => {
  const asked = Promise.withResolvers<void>();
  world.configure({
    DB: watchedDatabase(() => {
      asked.resolve();
      return new Promise(() => undefined);
    }),
  });
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.now() });
  const { answered } = world.begin(eventRequest(tenant, "{}"));
  await asked.promise;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(((await answered) as Response).status).toBe(202);
});

it("is bounded in what it remembers, and keeps nothing that a change has overtaken", { timeout: 30_000 }, async () => {
  const { token_hash } = (await env.DB.prepare("SELECT token_hash FROM tokens").first<{ token_hash: string }>())!;
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
     INSERT INTO tokens (token_hash, account, created_at) SELECT 'token-' || i, account, created_at FROM n, tokens`,
  ).run();
  let trips = 0;
  let during: (() => Promise<unknown>) | null = null;
  const DB = watchedDatabase(async () => {
    trips++;
    const now = during;
    during = null;
    await now?.();
  });
  const limiter = { learnAccountRate: () => undefined };
  const context = { db: openDatabase(DB), now: () => Date.now(), changes: { count: 0 }, limiter };
  const known = new KnownTokens();
  const asks = async (hash: string) => {
    const before = trips;
    expect(await known.standingOf(context, hash)).toBe("live");
    return trips - before;
  };
  expect([await asks(token_hash), await asks(token_hash)]).toEqual([1, 0]);
  for (let n = 1; n <= 1_000; n++) await asks(`token-${n}`);
  expect(await asks("token-1000"), "the newest is known").toBe(0);
  expect(await asks(token_hash), "the oldest is not any more").toBe(1);

  // nothing is known any more
  context.changes.count++;
  during = async () => {
    context.changes.count++;
    await known.standingOf(context, "token-1");
  };
  await known.standingOf(context, "token-2");
  expect(await asks("token-1"), "asked after the change").toBe(0);
  expect(await asks("token-2"), "asked before it").toBe(1);
});
