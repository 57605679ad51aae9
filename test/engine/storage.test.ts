/** Storage is everyone's own: what it takes is counted, and near the end of the database nobody gives way for another. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventRequest, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from "./world";

let world: World;
afterEach(() => world.close());

const bytesOf = (kilobytes: number) => JSON.stringify({ filler: "x".repeat(kilobytes * 1_000) });

/** What is counted for each account that is there, and what its events take; `behind` is what the count has to come to. */
async function counts(): Promise<{ counted: number[]; stored: number[] }> {
  const { results } = await env.DB.prepare(
    `SELECT stored_bytes AS counted,
            (SELECT coalesce(sum(size_bytes + 1000), 0) FROM events e WHERE e.account = a.id) AS stored
     FROM accounts a WHERE removed_at IS NULL ORDER BY id`,
  ).all<{ counted: number; stored: number }>();
  return { counted: results.map(({ counted }) => counted), stored: results.map(({ stored }) => stored) };
}

async function send(tenant: Tenant, ...sizes: number[]): Promise<void> {
  for (const size of sizes) {
    await sendEvent(world, tenant, bytesOf(size));
    world.advance(1);
  }
}

describe("the bytes of an account's events are counted", () => {
  it("by the cron, each account's for itself, and given back when they expire", async () => {
    world = await World.open({ RETENTION_DAYS: "1" });
    const [one, other] = [await newTenant(world), await newTenant(world)];
    await send(one, 1, 20);
    await send(other, 3);
    await world.cron();
    const { counted, stored } = await counts();
    expect(counted).toEqual(stored);
    expect(counted).toEqual([expect.closeTo(23_000, -3), expect.closeTo(4_000, -3)]);
    world.advance(DAY_MS + HOUR_MS);
    await world.cron();
    expect((await counts()).counted).toEqual([0, 0]);
  });

  it("although SQLite gives the rowids of removed events away again", async () => {
    world = await World.open();
    const [kept, removed] = [await newTenant(world), await newTenant(world)];
    await send(kept, 1, 2);
    await send(removed, 3, 4, 5);
    await world.cron();
    await manage(world, "DELETE", `/accounts/${removed.accountId}`);
    await world.cron();
    await send(kept, 6, 7);
    await world.cron();
    const { counted, stored } = await counts();
    expect(counted).toEqual(stored);
    expect(counted).toEqual([expect.closeTo(20_000, -3)]);
  });

  it("and one that came late, and expired before it was counted, is not subtracted from the others", async () => {
    world = await World.open({ ACCEPT: "queue", RETENTION_DAYS: "1" });
    const tenant = await newTenant(world);
    await send(tenant, 10);
    const late = world.takeDue();
    world.advance(23 * HOUR_MS);
    await send(tenant, 20);
    await world.minute();
    world.advance(2 * HOUR_MS);
    await world.handOver(late);
    expect(await world.rows("events")).toBe(2);
    await world.cron();
    expect(await world.rows("events")).toBe(1);
    const { counted, stored } = await counts();
    expect(counted).toEqual(stored);
  });

  it("also those from before there was a count, in bounded steps", async () => {
    world = await World.open();
    const tenant = await newTenant(world);
    await send(tenant, 1);
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 61000)
       INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT substr(event_id, 1, 24) || substr('000000' || i, -6), account, 2, received_at, '{}' FROM n, events`,
    ).run();
    await world.cron();
    const first = await counts();
    expect(first.counted[0]).toBeGreaterThan(50_000_000);
    expect(first.counted[0]).toBeLessThan(first.stored[0] ?? 0);
    await world.cron();
    const { counted, stored } = await counts();
    expect(counted).toEqual(stored);
  });
});

describe("the database is nearly full", () => {
  const LIMIT = 3_000_000;
  const OPS = "https://ops.example/alerts";
  let small: Tenant;
  let large: Tenant;
  const told = () =>
    world
      .at(OPS)
      .map(({ body }) => JSON.parse(body))
      .filter(({ type }) => type !== "database.filling");

  async function sizeNow(): Promise<number> {
    return (await env.DB.prepare("SELECT 1").all()).meta.size_after;
  }

  async function fill(tenant: Tenant): Promise<void> {
    while ((await sizeNow()) < 0.96 * LIMIT) await send(tenant, 90);
  }

  beforeEach(async () => {
    world = await World.open({ DATABASE_LIMIT_BYTES: String(LIMIT), ALERT_WEBHOOK_URL: OPS });
    small = await newTenant(world);
    large = await newTenant(world);
    await send(small, 1, 1, 1);
    // what waits for its destination is never finished
    world.answer = (url) => new Response("", { status: url.includes(large.accountId) ? 500 : 200 });
  });

  it("who is above its share loses its own oldest finished events, as many as it takes, and nobody else one", async () => {
    world.answer = () => new Response("ok");
    await fill(large);
    const before = (await tally(world, large)).delivered ?? 0;
    await world.minute();
    expect(await sizeNow()).toBeLessThan(0.95 * LIMIT);
    const after = (await tally(world, large)).delivered ?? 0;
    expect(after).toBeLessThan(before);
    expect(after, "no more than it takes").toBeGreaterThan(before / 2);
    expect(await tally(world, small)).toEqual({ delivered: 3 });
    expect((await sendEvent(world, large, "{}")).status).toBe(200);
  });

  it("who has nothing finished is refused with 507 and told of once, and others are served", async () => {
    const first = await sendEvent(world, large, "{}", "order-1");
    await fill(large);
    const before = await tally(world, large);
    await world.minute();
    const answer = await world.door(eventRequest(large, "{}"));
    expect(answer.status).toBe(507);
    expect(await answer.json()).toMatchObject({ success: false, message: "Try again later", code: "storage_full" });
    expect((await sendEvent(world, small, "{}")).status).toBe(200);
    expect(await sendEvent(world, large, "{}", "order-1")).toMatchObject({ eventId: first.eventId, duplicate: true });
    await world.pass(30 * MINUTE_MS, 5 * MINUTE_MS);
    expect(told()).toMatchObject([{ type: "account.storage_full", data: { account_id: large.accountId } }]);
    expect(await tally(world, large), "nothing that is pending goes").toEqual(before);
    expect(await tally(world, small)).toEqual({ delivered: 4 });
  });

  it("what waits at a paused destination stays, and the account is refused", async () => {
    await fill(large);
    const events = await world.rows("events");
    await env.DB.batch([
      env.DB.prepare(
        "UPDATE deliveries SET next_attempt_at = NULL, not_before = 0, lease = NULL WHERE state = 'pending'",
      ),
      env.DB.prepare(
        "UPDATE destinations SET enabled = 0, disabled_reason = 'failing', wake_at = NULL WHERE destination_id = ?",
      ).bind(large.destinations[0]?.id),
    ]);
    await world.cron();
    expect((await sendEvent(world, large, "{}")).status).toBe(507);
    expect(await tally(world, small)).toEqual({ delivered: 3 });
    expect((await world.rows("events")) - (await world.rows("alerts"))).toBeGreaterThanOrEqual(events - 2);
  });

  it("and has room again: the account is accepted again", async () => {
    await fill(large);
    await world.cron();
    expect((await sendEvent(world, large, "{}")).status).toBe(507);
    world.configure({ DATABASE_LIMIT_BYTES: String(2 * LIMIT) });
    await world.cron();
    expect((await sendEvent(world, large, "{}")).status).toBe(200);
  });

  it("what was answered 202 before is stored, and with ACCEPT=queue the next is refused", async () => {
    await fill(large);
    world.configure({ ACCEPT: "queue" });
    const promised = await sendEvent(world, large, "{}");
    expect(promised.status).toBe(202);
    await world.cron();
    world.restart();
    expect((await sendEvent(world, large, "{}")).status).toBe(507);
    await world.consume();
    const stored = await manage<{ payload: string }>(world, "GET", `/events/${promised.eventId}`);
    expect(stored.json.payload).toBe("{}");
  });

  it("removes nothing below that, and says in its log what it did", async () => {
    world.answer = () => new Response("ok");
    while ((await sizeNow()) < 0.85 * LIMIT) await send(large, 90);
    const before = await tally(world, large);
    await world.cron();
    expect(await tally(world, large)).toEqual(before);
    await fill(large);
    await world.cron();
    expect(world.logged.find(({ event }) => event === "storage.shared")).toMatchObject({ above: 1, full: 0 });
  });
});
