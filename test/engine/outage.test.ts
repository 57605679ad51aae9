/** Destinations that are down for days, or hang. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { githubPayload } from "../support/github";
import { deliveryTo, destinationOf, newTenant, sendEvent, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from "./world";

let world: World;
afterEach(() => world.close());

describe("a destination is down for two days, with an event every ten minutes", () => {
  it("and everything arrives within minutes of its return, a few at a time", { timeout: 120_000 }, async () => {
    world = await World.open();
    const tenant = await newTenant(world, [{}, {}]);
    const { url } = tenant.destinations[0]!;
    let isDown = true;
    world.answer = async (at) => {
      if (at === url && isDown) throw new Error("Network connection lost.");
      await scheduler.wait(1);
      return new Response("ok");
    };
    const sent: string[] = [];
    await world.pass(2 * DAY_MS, 10 * MINUTE_MS, async () => {
      const body = `{"number":${sent.length}}`;
      expect((await sendEvent(world, tenant, body)).status).toBe(200);
      sent.push(body);
    });
    expect(sent).toHaveLength(288);
    expect(world.at(tenant.destinations[1]!.url), "the other one is up to date").toHaveLength(288);
    const longestWait = 5 * MINUTE_MS;
    expect(world.at(url).length, "it is not hammered while it is down").toBeLessThan((2 * DAY_MS) / longestWait);

    isDown = false;
    const upAt = Date.now();
    const before = world.at(url).length;
    world.mostAtOnce.clear();
    await world.runToRest(HOUR_MS);
    const arrived = world.at(url).slice(before);
    expect(arrived.map(({ body }) => body).sort()).toEqual(sent.sort());
    expect(Math.max(...arrived.map(({ at }) => at)) - upAt).toBeLessThan(35 * MINUTE_MS);
    expect(world.mostAtOnce.get(url)).toBeLessThanOrEqual(6);
    expect(await tally(world, tenant)).toEqual({ delivered: 576 });
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: true, consecutive_failures: 0 });
  });
});

describe("one delivery to a dead destination", () => {
  it("gets eleven attempts in about three days, and ends as exhausted", { timeout: 60_000 }, async () => {
    world = await World.open();
    const tenant = await newTenant(world);
    world.answer = () => new Response("down for maintenance", { status: 500 });
    const begun = Date.now();
    await sendEvent(world, tenant, githubPayload("push"));
    await world.runToRest(5 * DAY_MS, 30 * MINUTE_MS);
    const { state, reason, attempts } = await deliveryTo(world, tenant);
    expect([state, reason]).toEqual(["exhausted", "attempts_exhausted"]);
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const tookMs = Date.parse(attempts.at(-1)!.started_at) - begun;
    expect(tookMs).toBeGreaterThan(2.5 * DAY_MS);
    expect(tookMs).toBeLessThan(4 * DAY_MS);
    expect(world.received).toHaveLength(11);
  });
});

describe("an account with a hundred destinations, of which half never answer", () => {
  it("has every delivery attempted", { timeout: 60_000 }, async () => {
    world = await World.open();
    const tenant = await newTenant(
      world,
      Array.from({ length: 100 }, () => ({ timeout_ms: 1_000 })),
    );
    const hanging = new Set(tenant.destinations.filter((_, i) => i % 2 === 0).map(({ url }) => url));
    world.answer = (url) => (hanging.has(url) ? new Promise<Response>(() => undefined) : new Response("ok"));
    // from here on timers follow the clock of the world
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.now() });

    const answered = sendEvent(world, tenant, githubPayload("push"));
    await letTimersRun(answered);
    expect(await answered).toMatchObject({ status: 200 });
    const inline = world.received.length;
    expect(inline).toBeGreaterThan(6);
    expect(inline, "no more than one invocation may ask for").toBeLessThanOrEqual(40);
    await letTimersRun(world.minute());
    await letTimersRun(world.minute());

    expect(new Set(world.received.map(({ url }) => url)).size).toBe(100);
    expect(await tally(world, tenant)).toEqual({ delivered: 50, pending: 50 });
  });

  it("is answered before any of them", async () => {
    world = await World.open();
    const tenant = await newTenant(world, [{}, {}]);
    const gate = Promise.withResolvers<Response>();
    world.answer = async () => (await gate.promise).clone();
    const { token } = tenant;
    const { answered, done } = world.begin(
      new Request("https://gateway.test/server/incoming_data", {
        method: "POST",
        headers: { "cl-x-token": token, "content-type": "application/json" },
        body: "{}",
      }),
    );
    expect(await answered).toMatchObject({ status: 200 });
    expect(world.received.filter(({ status }) => status !== null)).toEqual([]);
    gate.resolve(new Response("ok"));
    await done;
    expect(await tally(world, tenant)).toEqual({ delivered: 2 });
  });

  /** Moves the timers on while there is work, with a breath for the database in between. */
  async function letTimersRun(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    void work.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await scheduler.wait(2);
      await vi.advanceTimersByTimeAsync(100);
    }
  }
});
