/** An invocation asks no more than Cloudflare's plan allows, with D1 and the queue counted as requests. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { NO_QUEUE, SECOND_MS, World } from "./world";

const FREE = 50;
const PAID = { PLAN: "paid" };

let world: World;
async function open(settings: Record<string, unknown> = {}): Promise<void> {
  world?.close();
  world = await World.open(settings);
}
beforeEach(() => open());
afterEach(async () => {
  await env.DB.prepare("DROP TRIGGER IF EXISTS refusing").run();
  world.close();
});

/** How much the Worker asks of the outside meanwhile, and how much of that are attempts. */
async function asked(go: () => Promise<unknown>): Promise<{ requests: number; attempts: number }> {
  const before = world.seams.length;
  await go();
  const names = world.seams.slice(before).flatMap(({ name, side }) => (side === "before" ? [name] : []));
  return { requests: names.length, attempts: names.filter((name) => name === "fetch").length };
}

const tenantOf = (destinations: number) =>
  newTenant(
    world,
    Array.from({ length: destinations }, () => ({})),
  );

/** Deliveries that failed once and are due, whose wake-ups are in the queue, if there is one. */
async function due(destinations: number): Promise<Tenant> {
  const tenant = await tenantOf(destinations);
  world.answer = () => new Response("", { status: 503 });
  await sendEvent(world, tenant, "{}");
  await world.consume();
  world.answer = () => new Response("");
  world.received.length = 0;
  world.advance(10 * SECOND_MS);
  return tenant;
}

describe("on the Free plan", () => {
  it.each([
    ["answer at once", 0, 40],
    // records come early, and it is looked up again who may still be sent to
    ["take a while", 400, 20],
  ])(
    "an event to 60 destinations that %s",
    async (_how, ms, atLeast) => {
      const tenant = await tenantOf(60);
      world.answer = async () => {
        if (ms > 0) await scheduler.wait(ms);
        world.advance(0.3 * ms);
        world.advance(0.3 * ms);
        return new Response("");
      };
      const { requests, attempts } = await asked(() => sendEvent(world, tenant, "{}"));
      expect(requests).toBeLessThanOrEqual(FREE);
      expect(attempts).toBeGreaterThanOrEqual(atLeast);
      while (world.queue.length > 0) {
        const batch = world.takeDue();
        expect((await asked(() => world.handOver(batch))).requests).toBeLessThanOrEqual(FREE);
      }
      expect(await tally(world, tenant)).toEqual({ delivered: 60 });
      expect(world.received).toHaveLength(60);
    },
    20_000,
  );

  it("a batch of a hundred wake-ups: the next batches have the rest", async () => {
    const tenant = await due(100);
    const batches: number[] = [];
    while (world.queue.length > 0) {
      const batch = world.takeDue();
      const { requests, attempts } = await asked(() => world.handOver(batch));
      expect(requests).toBeLessThanOrEqual(FREE);
      batches.push(attempts);
    }
    expect(batches.filter((attempts) => attempts > 0).length).toBeLessThanOrEqual(4);
    expect(await tally(world, tenant)).toEqual({ delivered: 100 });
    expect(world.received).toHaveLength(100);
  }, 20_000);

  it("a batch of wake-ups and of events that the queue took first", async () => {
    const tenant = await due(40);
    const other = await tenantOf(1);
    world.configure({ ACCEPT: "queue" });
    for (let n = 0; n < 60; n++) await sendEvent(world, other, "{}");
    const batch = world.takeDue();
    expect(batch).toHaveLength(100);
    expect((await asked(() => world.handOver(batch))).requests).toBeLessThanOrEqual(FREE);
    await world.consume();
    expect([await tally(world, tenant), await tally(world, other)]).toEqual([{ delivered: 40 }, { delivered: 60 }]);
    expect(world.received).toHaveLength(100);
  }, 20_000);

  it("a batch whose record the database refuses: no attempt is left without the chance of one", async () => {
    await due(100);
    await env.DB.prepare(
      "CREATE TRIGGER refusing BEFORE UPDATE OF attempt_count ON deliveries BEGIN SELECT RAISE(ABORT, 'refused'); END",
    ).run();
    const batch = world.takeDue();
    expect((await asked(() => world.handOver(batch))).requests).toBeLessThanOrEqual(FREE);
  }, 20_000);

  it("a batch while the database fails whatever it is asked to record", async () => {
    await due(100);
    let calls = 0;
    world.fault = ({ name, side }) => (name === "db.batch" && side === "before" && ++calls > 1 ? "throw" : "none");
    const batch = world.takeDue();
    const { requests, attempts } = await asked(() => world.handOver(batch));
    expect(attempts).toBeGreaterThanOrEqual(30);
    expect(requests).toBeLessThanOrEqual(FREE);
  }, 20_000);

  it("a minute of the cron that delivers by itself, with more due than it may ask", async () => {
    await open(NO_QUEUE);
    const tenant = await due(100);
    const { requests, attempts } = await asked(() => world.cron());
    expect(requests).toBeLessThanOrEqual(FREE);
    expect(attempts).toBeGreaterThanOrEqual(15);
    await world.pass(15 * 60 * SECOND_MS);
    expect(await tally(world, tenant)).toEqual({ delivered: 100 });
  }, 20_000);
});

describe("on the paid plan", () => {
  it("a batch of a hundred wake-ups is one claim, and a minute of the cron serves hundreds", async () => {
    await open(PAID);
    await due(100);
    const batch = world.takeDue();
    expect(await asked(() => world.handOver(batch))).toEqual({ requests: 102, attempts: 100 });
    await open({ ...PAID, ...NO_QUEUE });
    await due(100);
    expect((await asked(() => world.cron())).attempts).toBe(100);
  }, 20_000);
});
