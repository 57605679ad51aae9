/** Who holds a lease is alone with its delivery until it ends, and no longer. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { landOverdue } from "../../src/db/engine/flights";
import { transaction } from "../../src/db/transaction";
import { CLAIM, INLINE } from "../../src/deliveries/deadlines";
import { watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { deliveryTo, eventRequest, insist, newTenant, sendEvent, tally } from "./tenant";
import { type Isolate, MINUTE_MS, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Receivers that take the request and answer when the test says so, first come first served. */
function gates(): PromiseWithResolvers<Response>[] {
  const open: PromiseWithResolvers<Response>[] = [];
  world.answer = () => {
    const gate = Promise.withResolvers<Response>();
    open.push(gate);
    return gate.promise;
  };
  return open;
}

async function requests(count: number): Promise<void> {
  while (world.received.length < count) await scheduler.wait(1);
}

const ok = () => new Response("");
const broken = () => new Response("", { status: 500 });

describe("a lease", () => {
  it("outlasts the last attempt that its claim may make", async () => {
    const tenant = await newTenant(world);
    world.answer = broken;
    await sendEvent(world, tenant, PUSH);
    world.advance(10 * SECOND_MS);
    const open = gates();
    const [message] = world.takeDue();
    const working = world.handOver([message!], world.newIsolate());
    await requests(2);
    world.advance(CLAIM.endWithinMs);
    await world.handOver([{ ...message!, id: "a copy" }], world.newIsolate());
    await world.cron(world.newIsolate());
    await world.consume();
    expect(world.received).toHaveLength(2);
    open[0]!.resolve(ok());
    await working;
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 2 });
  });

  it("of the accepting request outlasts the last attempt that it may make", async () => {
    const tenant = await newTenant(world);
    const open = gates();
    const sent = sendEvent(world, tenant, PUSH);
    await requests(1);
    world.advance(INLINE.endWithinMs);
    const { delivery_id } = await deliveryTo(world, tenant);
    world.put({ delivery: delivery_id });
    await world.handOver(world.takeDue(), world.newIsolate());
    expect(world.received).toHaveLength(1);
    open[0]!.resolve(ok());
    await sent;
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  });

  it("that has run out can be given up late without taking the next holder's away", async () => {
    const tenant = await newTenant(
      world,
      Array.from({ length: 8 }, () => ({})),
    );
    const first = gates();
    const sent = sendEvent(world, tenant, PUSH);
    await requests(6);
    const started = world.received.map(({ url }) => url);
    const waiting = tenant.destinations.filter(({ url }) => !started.includes(url));
    expect(waiting).toHaveLength(2);

    world.advance(3 * MINUTE_MS);
    await world.cron(world.newIsolate());
    const second = gates();
    const holder = world.handOver(world.takeDue(), world.newIsolate());
    await requests(12);
    // The first holder comes to the two it never started, far too late, and gives them up.
    for (const gate of first) gate.resolve(ok());
    await sent;
    world.queue = [];
    world.put({ event: (await deliveryTo(world, tenant)).event_id });
    const third = gates();
    const intruder = world.handOver(world.takeDue(), world.newIsolate());
    for (let gate = second.shift(); gate; gate = second.shift()) gate.resolve(ok());
    world.answer = ok;
    for (const gate of third) gate.resolve(ok());
    await Promise.all([holder, intruder]);
    await world.runToRest();
    for (const { url } of waiting) expect(world.at(url), "one attempt").toHaveLength(1);
    expect(await tally(world, tenant)).toEqual({ delivered: 8 });
  });

  it("that has run out keeps nobody from sending again by hand, at once", async () => {
    const tenant = await newTenant(world);
    world.fault = ({ name }) => (name === "fetch" ? "kill" : "none");
    await sendEvent(world, tenant, PUSH);
    world.fault = () => "none";
    world.advance(10 * MINUTE_MS);
    const { delivery_id } = await deliveryTo(world, tenant);
    await insist(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered" });
  });
});

describe("an attempt", () => {
  it("that could outlast the request which accepted the event is left to the queue", async () => {
    const tenant = await newTenant(world, [{ timeout_ms: 30_000 }]);
    await sendEvent(world, tenant, PUSH);
    expect(world.received).toEqual([]);
    await world.consume();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  });

  it("that our own fault prevented is made a minute later, and not charged", async () => {
    const tenant = await newTenant(world);
    world.answer = (_url, count) => {
      if (count === 1) throw new Error("Too many subrequests by single Worker invocation.");
      return ok();
    };
    await sendEvent(world, tenant, PUSH);
    world.advance(30 * SECOND_MS);
    await world.minute();
    expect(world.received, "not at once").toHaveLength(1);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "pending", attempt_count: 0 });
    world.advance(31 * SECOND_MS);
    await world.minute();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  });
});

describe("results that share a transaction", () => {
  /** An isolate whose first record waits for the gate, so that those that come meanwhile share the next transaction. */
  async function heldRecord(refuses = "nothing"): Promise<{ isolate: Isolate; go: () => void; shared: string[][] }> {
    const gate = Promise.withResolvers<void>();
    const isolate = world.newIsolate();
    isolate.environment.LOG_LEVEL = "debug";
    const shared: string[][] = [];
    isolate.environment.DB = watchedDatabase(async ({ asked }) => {
      if (!asked.some(({ sql }) => /delete from flights/i.test(sql))) return;
      const text = JSON.stringify(asked);
      shared.push(["held", "first", "second", "third"].filter((word) => text.includes(`said ${word}`)));
      if (shared.length === 1) await gate.promise;
      if (text.includes(refuses)) throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
    });
    const holder = await newTenant(world);
    world.answer = () => new Response("said held");
    void world.begin(eventRequest(holder, "{}"), isolate);
    while (shared.length === 0) await scheduler.wait(1);
    return { isolate, go: gate.resolve, shared };
  }

  /** Until so many attempts have ended; what has ended waits for its transaction one turn of the loop later. */
  async function ended(count: number): Promise<void> {
    const attempted = () => world.logged.filter(({ event }) => event === "delivery.attempted").length;
    while (attempted() < count) await scheduler.wait(1);
    await scheduler.wait(1);
  }

  it("of one delivery, arrived and then failed: it has arrived", async () => {
    const tenant = await newTenant(world);
    const { isolate, go, shared } = await heldRecord();
    const open = gates();
    const first = world.begin(eventRequest(tenant, PUSH), isolate);
    await first.answered;
    await requests(2);
    world.advance(3 * MINUTE_MS);
    const { delivery_id, event_id } = await deliveryTo(world, tenant);
    // the other flight, whose lease has run out as well, would land with it and be claimed
    await env.DB.prepare("UPDATE flights SET due_at = due_at + 3600000 WHERE event_id <> ?").bind(event_id).run();
    await transaction(openDatabase(env.DB), landOverdue(openDatabase(env.DB), Number.MAX_SAFE_INTEGER, 10, Date.now()));
    world.put({ delivery: delivery_id });
    const second = world.handOver(world.takeDue(), isolate);
    await requests(3);
    open[0]!.resolve(new Response("said first"));
    await ended(2);
    open[1]!.resolve(new Response("said second", { status: 500 }));
    await ended(3);
    go();
    await Promise.all([first.done, second]);
    expect(shared, "the two went in one transaction").toHaveLength(2);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", next_attempt_at: null });
    await world.pass(10 * MINUTE_MS);
    expect(world.at(tenant.destinations[0]!.url)).toHaveLength(2);
  });

  it("and one that the database refuses: the others are recorded, and how that one stands", async () => {
    const bad = await newTenant(world);
    const good = await newTenant(world);
    const { isolate, go, shared } = await heldRecord("said first");
    world.answer = (url) => new Response(url.includes(bad.accountId) ? "said first" : "said second");
    const both = [bad, good].map((tenant) => world.begin(eventRequest(tenant, PUSH), isolate));
    await ended(3);
    go();
    await Promise.all(both.map(({ done }) => done));
    expect(shared.some((words) => words.includes("first") && words.includes("second"))).toBe(true);
    expect((await deliveryTo(world, good)).attempts).toHaveLength(1);
    expect(await deliveryTo(world, bad)).toMatchObject({ state: "delivered", attempt_count: 1, attempts: [] });
  });
});
