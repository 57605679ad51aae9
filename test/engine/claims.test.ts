/** What a claim takes and leaves: so many bytes at a time, nothing of who is gone, healthy destinations first. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addDestination } from "../support/client";
import { githubPayload } from "../support/github";
import { manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Events whose Worker dies before it attempts anything; their leases have run out when this is over. */
async function stranded(tenant: Tenant, count: number, body = (n: number) => `{"stranded":${n}}`): Promise<void> {
  world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
  for (let n = 0; n < count; n++) await sendEvent(world, tenant, body(n));
  world.fault = () => "none";
  world.advance(2 * MINUTE_MS);
}

const arrivedAt = (tenant: Tenant) => world.at(tenant.destinations[0]!.url).length;

describe("a claim of more than fits into memory", () => {
  const big = (n: number) => JSON.stringify({ n, filler: "x".repeat(990_000) });
  /** 16 MB and the one that goes over it. */
  const MOST_AT_ONCE = 17;

  it("of due deliveries takes some, and the rest follows by the queue", async () => {
    const tenant = await newTenant(world);
    await stranded(tenant, 20, big);
    await world.cron();
    await world.handOver(world.takeDue());
    expect(arrivedAt(tenant)).toBeGreaterThan(0);
    expect(arrivedAt(tenant)).toBeLessThanOrEqual(MOST_AT_ONCE);
    await world.consume();
    expect(await tally(world, tenant), "without a sweep").toEqual({ delivered: 20 });
    expect(world.received).toHaveLength(20);
  });

  it("of deliveries that waited for their destination takes some, and the rest follows by the queue", async () => {
    const tenant = await newTenant(world);
    world.answer = () => new Response("", { status: 500 });
    for (let n = 0; n < 5; n++) await sendEvent(world, tenant, `{"failed":${n}}`);
    for (let n = 0; n < 20; n++) await sendEvent(world, tenant, big(n));
    world.answer = () => new Response("");
    world.advance(MINUTE_MS);
    const batches: number[] = [];
    for (let due = world.takeDue(); due.length > 0; due = world.takeDue()) {
      const before = arrivedAt(tenant);
      await world.handOver(due);
      batches.push(arrivedAt(tenant) - before);
    }
    expect(Math.max(...batches)).toBeLessThanOrEqual(MOST_AT_ONCE + 5);
    expect(await tally(world, tenant)).toEqual({ delivered: 25 });
  });
});

describe("an account that was removed while its deliveries waited", () => {
  async function aDueDeliveryOfEach(): Promise<[gone: Tenant, stays: Tenant]> {
    const both: [Tenant, Tenant] = [await newTenant(world), await newTenant(world)];
    world.answer = () => new Response("", { status: 500 });
    for (const tenant of both) await sendEvent(world, tenant, PUSH);
    world.answer = () => new Response("");
    await manage(world, "DELETE", `/accounts/${both[0].accountId}`);
    world.received.length = 0;
    world.advance(10 * SECOND_MS);
    return both;
  }

  it("keeps nothing in the queue, and nobody from their own", async () => {
    const [gone, stays] = await aDueDeliveryOfEach();
    const due = world.takeDue();
    expect(due).toHaveLength(2);
    await world.handOver(due);
    expect([arrivedAt(gone), arrivedAt(stays)]).toEqual([0, 1]);
    expect(world.queue, "no message comes again").toEqual([]);
    expect(await tally(world, stays)).toEqual({ delivered: 1 });
  });

  it("keeps the sweep from nothing, where there is no queue", async () => {
    world.close();
    world = await World.open(NO_QUEUE);
    const [gone, stays] = await aDueDeliveryOfEach();
    await world.cron();
    expect([arrivedAt(gone), arrivedAt(stays)]).toEqual([0, 1]);
  });
});

describe("one sweep without a queue", () => {
  it("goes on behind dozens that there is nothing to do for", async () => {
    world.close();
    world = await World.open(NO_QUEUE);
    // of one account, whose longest overdue come first
    const tenant = await newTenant(world);
    const works = "https://works.example/hook";
    await stranded(tenant, 60);
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    await addDestination(world, { account_id: tenant.accountId }, works);
    await stranded(tenant, 1);
    await world.cron();
    expect([arrivedAt(tenant), world.at(works).length]).toEqual([0, 1]);
  });
});

describe("an event to more destinations than one request may ask", () => {
  it("goes to those that are fast before those that usually take long", { timeout: 30_000 }, async () => {
    const tenant = await newTenant(
      world,
      Array.from({ length: 45 }, () => ({})),
    );
    const slow = tenant.destinations.slice(0, 10).map(({ url }) => url);
    await env.DB.prepare(
      "UPDATE destinations SET usual_duration_ms = 5000 WHERE url IN (SELECT value FROM json_each(?))",
    )
      .bind(JSON.stringify(slow))
      .run();
    await sendEvent(world, tenant, PUSH);
    const asked = new Set(world.received.map(({ url }) => url));
    expect(asked.size, "not all at once").toBeLessThan(45);
    const missed = tenant.destinations.filter(({ url }) => !slow.includes(url) && !asked.has(url));
    expect(missed).toEqual([]);
  });

  it("goes to those that work before those that failed last time", { timeout: 30_000 }, async () => {
    const tenant = await newTenant(
      world,
      Array.from({ length: 45 }, () => ({})),
    );
    const failing = new Set(tenant.destinations.slice(0, 10).map(({ url }) => url));
    world.answer = (url) => new Response("", { status: failing.has(url) ? 500 : 200 });
    await sendEvent(world, tenant, PUSH);
    await world.consume();
    world.received.length = 0;
    await sendEvent(world, tenant, PUSH);
    const asked = new Set(world.received.map(({ url }) => url));
    expect(asked.size, "not all at once").toBeLessThan(45);
    const missed = tenant.destinations.filter(({ url }) => !failing.has(url) && !asked.has(url));
    expect(missed).toEqual([]);
  });
});

describe("a destination that took seconds to answer", () => {
  const usualDuration = () => env.DB.prepare("SELECT usual_duration_ms AS ms FROM destinations").first<number>("ms");

  it("is known to be slow until it is fast again, and its row is written only then", async () => {
    const tenant = await newTenant(world);
    let seconds = 7;
    world.answer = () => {
      world.advance(seconds * SECOND_MS);
      return new Response("");
    };
    await sendEvent(world, tenant, PUSH);
    expect(await usualDuration()).toBe(15_000);
    seconds = 0;
    await sendEvent(world, tenant, PUSH);
    expect(await usualDuration()).toBe(0);
  });
});
