/** Removal keeps up with what comes in, within what an invocation may ask, and is in nobody's way. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { purgeAccounts } from "../../src/accounts/purge-accounts";
import { gatewayOf } from "../../src/env";
import { expireEvents } from "../../src/events/expire-events";
import { databaseThatTakes, delivered } from "./backlog";
import { manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, NO_QUEUE, World } from "./world";

const FREE = 50;
const RETENTION = { days: 1, databaseLimitBytes: 1e9 };
/** Of a statement: a chunk takes two, and so stays at 250, where it begins. */
const STEADY_MS = 30;
/** So slow that the chunks become as small as they can: 50. */
const SLOW_MS = 1_000;

let world: World;
afterEach(() => world.close());

/** So many events that have expired. */
async function expired(count: number): Promise<Tenant> {
  world = await World.open({ RETENTION_DAYS: "1" });
  const tenant = await newTenant(world);
  await delivered(world, tenant, count);
  world.advance(DAY_MS + HOUR_MS);
  return tenant;
}

describe("a backlog that is larger than a run", () => {
  it("goes on in the next one, and nothing that is pending or in the air goes with it", async () => {
    const tenant = await expired(2_000);
    const ids = await env.DB.prepare("SELECT event_id AS id FROM events ORDER BY event_id").all<{ id: string }>();
    const [pending, inTheAir] = [ids.results[300]?.id, ids.results[1_200]?.id];
    await env.DB.batch([
      env.DB.prepare("UPDATE deliveries SET state = 'pending', next_attempt_at = ?2 WHERE event_id = ?1").bind(
        pending,
        Date.now() + DAY_MS,
      ),
      env.DB.prepare(
        `INSERT INTO flights (event_id, destinations, lease, begun_at, due_at)
         SELECT event_id, json_array(destination), 'lease', ?2, ?2 FROM deliveries WHERE event_id = ?1`,
      ).bind(inTheAir, Date.now() + HOUR_MS),
      env.DB.prepare("DELETE FROM deliveries WHERE event_id = ?").bind(inTheAir),
    ]);
    const { DB, trips, removed } = databaseThatTakes(STEADY_MS);
    for (const left of [1_251, 502, 2]) {
      const asked = trips.length;
      expect(await expireEvents(gatewayOf({ ...env, DB }), RETENTION, 4)).toBe(trips.length - asked);
      expect(trips.length - asked).toBeLessThanOrEqual(4);
      expect(await world.rows("events")).toBe(left);
    }
    expect(removed()).toEqual([250, 249, 250, 250, 249, 250, 250, 250]);
    expect(await tally(world, tenant)).toEqual({ pending: 2 });
  });

  it("on the Free plan takes what an invocation may ask, and no more; on the paid one all goes at once", async () => {
    await expired(3_000);
    const free = databaseThatTakes(SLOW_MS);
    world.configure({ DB: free.DB });
    await world.cron();
    expect(free.trips.length).toBeLessThanOrEqual(FREE);
    expect(free.removed().length).toBeGreaterThanOrEqual(24);
    expect(await world.rows("events")).toBeGreaterThan(0);

    const paid = databaseThatTakes(SLOW_MS);
    world.configure({ DB: paid.DB, PLAN: "paid" });
    await world.cron();
    expect(paid.removed().length).toBeGreaterThan(FREE - free.removed().length);
    expect(await world.rows("events")).toBe(0);
  }, 30_000);

  it("goes in larger chunks where the database is fast, and in smaller ones where it is slow", async () => {
    await expired(4_000);
    const fast = databaseThatTakes(1);
    await expireEvents(gatewayOf({ ...env, DB: fast.DB }), RETENTION, 4);
    expect(fast.removed()).toEqual([250, 500, 1_000]);
    const slow = databaseThatTakes(SLOW_MS);
    await expireEvents(gatewayOf({ ...env, DB: slow.DB }), RETENTION, 4);
    expect(slow.removed()).toEqual([250, 50, 50]);
  });

  it("of a removed account goes on in the next run, too", async () => {
    const tenant = await expired(1_000);
    await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
    const { DB, trips } = databaseThatTakes(STEADY_MS);
    const gateway = gatewayOf({ ...env, DB });
    expect(await purgeAccounts(gateway, 3)).toBe(2);
    expect(await world.rows("accounts")).toBe(1);
    expect(await purgeAccounts(gateway, 9)).toBe(trips.length - 2);
    expect([await world.rows("events"), await world.rows("accounts")]).toEqual([0, 0]);
  });
});

describe("an event that comes in while a backlog is removed", () => {
  it("waits for one chunk at the most, the one that is removed when it comes", async () => {
    const tenant = await expired(2_000);
    let answeredAfter: number | null = null;
    let answer: Promise<unknown> = Promise.resolve();
    const { DB, removed } = databaseThatTakes(STEADY_MS, async (trip) => {
      if (trip !== 2) return;
      // the chunk is on its way to the database, and the event comes behind it
      const asked = world.seams.length;
      answer = sendEvent(world, tenant, "{}").then(() => {
        answeredAfter = removed().length;
      });
      while (!world.seams.slice(asked).some(({ name }) => name === "db.batch")) await scheduler.wait(1);
    });
    await expireEvents(gatewayOf({ ...env, DB }), RETENTION, 9);
    await answer;
    expect(removed().length).toBe(8);
    expect(answeredAfter).toBeLessThanOrEqual(2 + 1);
  });
});

describe("a run in which there is more to do than an invocation may ask", () => {
  it("in every part asks no more on the Free plan, and each part gets on", async () => {
    await expired(1_500);
    const gone = await newTenant(world);
    await delivered(world, gone, 1_500);
    await manage(world, "DELETE", `/accounts/${gone.accountId}`);
    const tenant = await newTenant(
      world,
      Array.from({ length: 60 }, () => ({})),
    );
    world.answer = () => new Response("", { status: 503 });
    await sendEvent(world, tenant, "{}");
    await world.consume();
    world.answer = () => new Response("");
    world.advance(HOUR_MS);
    const size = (await env.DB.prepare("SELECT 1").all()).meta.size_after;
    const { DB, trips } = databaseThatTakes(SLOW_MS);
    const limit = String(Math.floor(size / 2));
    world.configure({ ...NO_QUEUE, DB, DATABASE_LIMIT_BYTES: limit, ALERT_WEBHOOK_URL: "https://ops.example/alerts" });
    world.received.length = 0;
    const before = await countsOf();
    await world.cron();
    const after = await countsOf();
    expect(trips.length + world.received.length).toBeLessThanOrEqual(FREE);
    expect(world.received.length).toBeGreaterThan(5);
    for (const part of ["expired", "orphans"] as const) expect(after[part]).toBeLessThan(before[part]);
    expect(world.logged.map(({ event }) => event)).toContain("storage.shared");
  }, 30_000);

  async function countsOf(): Promise<{ expired: number; orphans: number }> {
    const counts = await env.DB.prepare(
      `SELECT sum(a.removed_at IS NULL) AS expired, sum(a.removed_at IS NOT NULL) AS orphans
       FROM events e JOIN accounts a ON a.id = e.account`,
    ).first<{ expired: number; orphans: number }>();
    return { expired: counts?.expired ?? 0, orphans: counts?.orphans ?? 0 };
  }
});

describe("expired events that are all pending", () => {
  it("are passed over in one run where there are many trips, and in the next ones where there are few", async () => {
    await expired(1_000);
    await env.DB.prepare(
      `UPDATE deliveries SET state = 'pending', next_attempt_at = ?
       WHERE event_id IN (SELECT event_id FROM events ORDER BY event_id LIMIT 800)`,
    )
      .bind(Date.now() + DAY_MS)
      .run();
    const { DB } = databaseThatTakes(STEADY_MS);
    await expireEvents(gatewayOf({ ...env, DB }), RETENTION, 25);
    expect(await world.rows("events")).toBe(1_000);
    await expireEvents(gatewayOf({ ...env, DB }), RETENTION, 500);
    expect(await world.rows("events")).toBe(800);
  });
});
