/** A destination that fails is probed, disabled, enabled again; nobody else notices. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { githubPayload } from "../support/github";
import { deliveriesOf, destinationOf, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");

let world: World;
let tenant: Tenant;
let down: Set<string>;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world, [{}, {}]);
  down = new Set();
  world.answer = (url) => new Response("", { status: down.has(url) ? 503 : 200 });
});
afterEach(() => world.close());

const url = (n: number) => tenant.destinations[n]!.url;
const path = (n: number) => `/destinations/${tenant.destinations[n]!.id}`;

/** Events until the first destination has failed that often; the clock stands still. */
async function failTimes(count: number): Promise<void> {
  down.add(url(0));
  for (let n = 0; n < count; n++) await sendEvent(world, tenant, `{"failed":${n}}`);
}

describe("after five failures in a row", () => {
  beforeEach(() => failTimes(5));

  it("new events are held for it, and delivered to the others at once", async () => {
    world.advance(1);
    await sendEvent(world, tenant, PUSH);
    expect(world.at(url(0))).toHaveLength(5);
    expect(world.at(url(1))).toHaveLength(6);
    const [held] = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[0]!.id}`);
    expect(held).toMatchObject({ state: "pending", attempt_count: 0 });
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: true, consecutive_failures: 5 });
  });

  it("another account's destination is not delayed", async () => {
    const other = await newTenant(world);
    await sendEvent(world, other, PUSH);
    expect(await tally(world, other)).toEqual({ delivered: 1 });
  });

  it("one probe goes out at a time, less and less often", async () => {
    const probes = new Set<number>();
    await world.pass(2 * HOUR_MS, 30 * SECOND_MS, () => sendEvent(world, tenant, `{"at":${Date.now()}}`));
    for (const { at } of world.at(url(0)).slice(5)) probes.add(at);
    expect(probes.size, "no two at the same time").toBe(world.at(url(0)).length - 5);
    expect(world.mostAtOnce.get(url(0))).toBe(1);
    const waits = [...probes].slice(1).map((at, i) => at - [...probes][i]!);
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(waits[i - 1] ?? 0);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(5 * MINUTE_MS);
    expect(probes.size).toBeLessThan(35);
    expect(world.at(url(1)).length).toBe(5 + 240);
  }, 30_000);

  it("a moment's failure costs moments, however many events met it", async () => {
    await failTimes(40);
    down.clear();
    world.advance(6 * SECOND_MS);
    await world.minute();
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 45 });
  });

  it("and after a success what was held follows in chunks, few at a time", async () => {
    for (let n = 0; n < 80; n++) await sendEvent(world, tenant, `{"held":${n}}`);
    down.clear();
    world.answer = async () => {
      await scheduler.wait(2);
      return new Response("");
    };
    world.advance(MINUTE_MS);
    const before = world.at(url(0)).length;
    const chunks: number[] = [];
    for (let due = world.takeDue(); due.length > 0; due = world.takeDue()) {
      const arrived = world.at(url(0)).length;
      await world.handOver(due);
      chunks.push(world.at(url(0)).length - arrived);
    }
    await world.runToRest();
    expect(world.at(url(0)).length - before).toBe(85);
    expect(Math.max(...chunks)).toBeLessThanOrEqual(30);
    expect(world.mostAtOnce.get(url(0))).toBeLessThanOrEqual(6);
    expect(await tally(world, tenant)).toEqual({ delivered: 170 });
  });
});

describe("a slow destination that works again", () => {
  it("gets the next chunk when the last has ended, not chunk upon chunk", async () => {
    await failTimes(5);
    for (let n = 0; n < 30; n++) await sendEvent(world, tenant, `{"held":${n}}`);
    down.clear();
    world.advance(MINUTE_MS);
    world.answer = async (at) => {
      if (at === url(0)) await scheduler.wait(300);
      return new Response("");
    };
    const consumers: Promise<void>[] = [];
    const done = () => world.at(url(0)).filter(({ status }) => status === 200).length === 35;
    while (!done()) {
      for (const due of world.takeDue()) consumers.push(world.handOver([due], world.newIsolate()));
      await scheduler.wait(20);
    }
    await Promise.all(consumers);
    expect(world.mostAtOnce.get(url(0))).toBe(3);
  }, 30_000);
});

describe("a destination is stopped", () => {
  it("for failing: after five days without a success, and at least ten failures; what waits goes on once it is enabled", async () => {
    down.add(url(0));
    await world.pass(5 * DAY_MS - HOUR_MS, HOUR_MS, () => sendEvent(world, tenant, `{"at":${Date.now()}}`));
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: true });
    await world.pass(3 * HOUR_MS, HOUR_MS);
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: false, disabled_reason: "failing" });
    const { "exhausted: attempts_exhausted": exhausted = 0, ...rest } = await tally(world, tenant, 0);
    expect(exhausted).toBeLessThan(20);
    expect(rest).toEqual({ pending: 119 - exhausted });
    expect(await tally(world, tenant, 1)).toEqual({ delivered: 119 });
    const attempts = world.at(url(0)).length;
    await sendEvent(world, tenant, `{"paused":true}`);
    await world.pass(2 * DAY_MS, HOUR_MS);
    expect(world.at(url(0)), "nothing is sent to it").toHaveLength(attempts);
    down.delete(url(0));
    expect((await manage(world, "PUT", `${path(0)}/activation`)).status).toBe(200);
    await world.runToRest();
    const { "exhausted: attempts_exhausted": given = 0, ...arrived } = await tally(world, tenant, 0);
    expect([given, arrived]).toEqual([exhausted, { delivered: 120 - exhausted }]);
  }, 60_000);

  it("and a person's disabling after that discards what waits", async () => {
    down.add(url(0));
    await world.pass(5 * DAY_MS + 2 * HOUR_MS, 6 * HOUR_MS, () => sendEvent(world, tenant, `{"at":${Date.now()}}`));
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: false, disabled_reason: "failing" });
    await manage(world, "DELETE", `${path(0)}/activation`);
    await world.minute();
    expect(await destinationOf(world, tenant)).toMatchObject({ disabled_reason: "disabled_by_operator" });
    expect((await tally(world, tenant, 0)).pending).toBeUndefined();
  }, 60_000);

  it("and what waits goes when its retention is over, not before", async () => {
    down.add(url(0));
    await world.pass(5 * DAY_MS + 2 * HOUR_MS, 6 * HOUR_MS, () => sendEvent(world, tenant, `{"at":${Date.now()}}`));
    const waiting = (await tally(world, tenant, 0)).pending ?? 0;
    await world.pass(20 * DAY_MS, DAY_MS);
    expect((await tally(world, tenant, 0)).pending).toBe(waiting);
    await world.pass(12 * DAY_MS, DAY_MS);
    expect(await tally(world, tenant, 0)).toEqual({});
  }, 60_000);

  it("not for two failures in five days", async () => {
    await failTimes(1);
    world.advance(6 * DAY_MS);
    await world.minute();
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: true, consecutive_failures: 2 });
  });

  it("not for nine failures in nine days, but for the tenth", async () => {
    const once = await newTenant(world, [{ retry_schedule: [] }]);
    down.add(once.destinations[0]!.url);
    for (let day = 1; day <= 9; day++) {
      await sendEvent(world, once, `{"day":${day}}`);
      await world.minute();
      world.advance(DAY_MS);
    }
    expect(await destinationOf(world, once)).toMatchObject({ enabled: true, consecutive_failures: 9 });
    await sendEvent(world, once, `{"day":10}`);
    await world.minute();
    expect(await destinationOf(world, once)).toMatchObject({ enabled: false, disabled_reason: "failing" });
  });

  it("for answering 410, at once; the delivery is discarded as gone, and so is what comes meanwhile", async () => {
    world.answer = (at) => new Response("", { status: at === url(0) ? 410 : 200 });
    await sendEvent(world, tenant, PUSH);
    expect(await destinationOf(world, tenant)).toMatchObject({ enabled: false, disabled_reason: "gone" });
    await sendEvent(world, tenant, githubPayload("issues"));
    expect(await tally(world, tenant, 0)).toEqual({ "discarded: gone": 1, "discarded: destination_disabled": 1 });
    expect(await tally(world, tenant, 1)).toEqual({ delivered: 2 });
  });

  it("by a person: what was held is discarded, and a retry that comes due is too", async () => {
    await failTimes(4);
    await sendEvent(world, tenant, PUSH);
    await sendEvent(world, tenant, PUSH);
    expect((await manage(world, "DELETE", `${path(0)}/activation`)).status).toBeLessThan(300);
    await world.pass(3 * MINUTE_MS);
    expect(await tally(world, tenant, 0)).toEqual({ "discarded: destination_disabled": 6 });
    expect(world.at(url(0))).toHaveLength(5);
  });

  it("and enabled again, it starts without a history; what it missed can be recovered", async () => {
    await failTimes(5);
    await manage(world, "DELETE", `${path(0)}/activation`);
    await world.pass(2 * MINUTE_MS);
    await sendEvent(world, tenant, PUSH);
    down.clear();
    expect((await manage(world, "PUT", `${path(0)}/activation`)).status).toBeLessThan(300);
    expect(await destinationOf(world, tenant)).toMatchObject({
      enabled: true,
      disabled_reason: null,
      consecutive_failures: 0,
      failing_since: null,
    });
    world.advance(1);
    const from = new Date(Date.now() - HOUR_MS).toISOString();
    expect((await manage(world, "POST", `${path(0)}/recoveries`, { from })).json).toMatchObject({ total: 6 });
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 12 });
    expect(new Set(world.at(url(0)).map(({ body }) => body)).size).toBe(6);
  });

  it("by being removed: its deliveries keep the reason", async () => {
    await failTimes(5);
    await sendEvent(world, tenant, PUSH);
    await manage(world, "DELETE", path(0));
    await world.pass(3 * MINUTE_MS);
    const states = (await deliveriesOf(world, tenant)).filter(({ state }) => state !== "delivered");
    expect(new Set(states.map(({ reason }) => reason))).toEqual(new Set(["destination_removed"]));
    expect(states).toHaveLength(6);
  });
});
