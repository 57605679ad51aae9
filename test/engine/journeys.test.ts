/** What can become of a delivery, as its tenant sees it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { githubPayload } from "../support/github";
import { deliveriesOf, deliveryTo, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Receivers answer with these statuses one after the other, and with the last for ever. */
function answers(...statuses: number[]): void {
  world.answer = (_url, count) => new Response("", { status: statuses[count - 1] ?? statuses.at(-1)! });
}

async function anEvent(...destinations: Record<string, unknown>[]): Promise<Tenant> {
  const tenant = await newTenant(world, destinations.length > 0 ? destinations : [{}]);
  await sendEvent(world, tenant, PUSH);
  return tenant;
}

/** Seconds between the attempts that arrived. */
function waits(): number[] {
  return world.received.slice(1).map(({ at }, i) => (at - world.received[i]!.at) / 1000);
}

describe("a delivery", () => {
  it("is delivered at once", async () => {
    const tenant = await anEvent();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
    expect(world.queue, "without the queue").toEqual([]);
  });

  it("is delivered on the third attempt, after about 5 s and 1 min", async () => {
    answers(500, 503, 200);
    const tenant = await anEvent();
    await world.runToRest(HOUR_MS, SECOND_MS);
    const { state, attempts } = await deliveryTo(world, tenant);
    expect(state).toBe("delivered");
    expect(attempts.map(({ status_code, outcome }) => [status_code, outcome])).toEqual([
      [500, "http_error"],
      [503, "http_error"],
      [200, "success"],
    ]);
    const [first, second] = waits();
    expect(first).toBeGreaterThanOrEqual(4);
    expect(first).toBeLessThanOrEqual(7);
    expect(second).toBeGreaterThanOrEqual(48);
    expect(second).toBeLessThanOrEqual(73);
  });

  it("is exhausted by its destination's own schedule and number of attempts", async () => {
    answers(500);
    const tenant = await anEvent({ retry_schedule: [10, 20, 30, 40], max_attempts: 3 });
    await world.runToRest(HOUR_MS, SECOND_MS);
    const { state, reason, attempt_count } = await deliveryTo(world, tenant);
    expect({ state, reason, attempt_count }).toEqual({
      state: "exhausted",
      reason: "attempts_exhausted",
      attempt_count: 3,
    });
    expect(waits()[0]).toBeGreaterThanOrEqual(8);
    expect(waits()[1]).toBeGreaterThanOrEqual(16);
  });

  it("without retries is exhausted at once", async () => {
    answers(500);
    expect(await tally(world, await anEvent({ retry_schedule: [] }))).toEqual({ "exhausted: attempts_exhausted": 1 });
  });

  it("is redelivered after it was exhausted, with a fresh schedule and attempts that go on counting", async () => {
    answers(500, 500, 500, 200);
    const tenant = await anEvent({ retry_schedule: [10] });
    await world.runToRest(HOUR_MS, SECOND_MS);
    const { delivery_id } = await deliveryTo(world, tenant);
    expect((await manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`)).status).toBe(202);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "pending", attempt_count: 3 });
    await world.runToRest(HOUR_MS, SECOND_MS);
    const { state, attempts } = await deliveryTo(world, tenant);
    expect(state).toBe("delivered");
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(new Set(world.received.map(({ webhookId }) => webhookId))).toEqual(new Set([delivery_id]));
  });

  it("is redelivered to all destinations of its event, although it has arrived", async () => {
    const tenant = await anEvent({}, {}, {});
    const [{ event_id } = { event_id: "" }] = await deliveriesOf(world, tenant);
    expect((await manage(world, "POST", `/events/${event_id}/redeliveries`)).status).toBe(202);
    for (const { url } of tenant.destinations) expect(world.at(url)).toHaveLength(2);
    expect(await tally(world, tenant)).toEqual({ delivered: 3 });
  });

  it("is not redelivered to a destination that is disabled", async () => {
    answers(410);
    const tenant = await anEvent();
    const { delivery_id } = await deliveryTo(world, tenant);
    await manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    expect(await tally(world, tenant)).toEqual({ "discarded: gone": 1 });
    expect(world.received).toHaveLength(1);
  });

  it("is swept after its message was lost", async () => {
    answers(500, 200);
    world.copies = () => 0;
    const tenant = await anEvent();
    world.copies = () => 1;
    await world.runToRest();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 2 });
  });

  it("is swept after the Worker died between the answer and the attempt", async () => {
    world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
    const tenant = await anEvent();
    world.fault = () => "none";
    await world.runToRest();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  });

  it("is discarded where it cannot be sent, without a second try or a word against its destination", async () => {
    const tenant = await newTenant(world, [{ http_method: "GET" }]);
    await sendEvent(world, tenant, JSON.stringify({ long: "x".repeat(17_000) }));
    expect(await tally(world, tenant)).toEqual({ "discarded: unsendable": 1 });
    expect(world.received).toEqual([]);
  });
});

describe("Retry-After", () => {
  const asks = (status: number, retryAfter: string) => {
    world.answer = (_url, count) =>
      count === 1
        ? new Response("", { status, headers: { "retry-after": retryAfter } })
        : new Response("", { status: 200 });
  };

  it.each([429, 503])("of a %d is honoured", async (status) => {
    asks(status, "600");
    await anEvent();
    await world.runToRest(HOUR_MS, 30 * SECOND_MS);
    expect(waits()[0]).toBeGreaterThanOrEqual(600);
    expect(waits()[0]).toBeLessThan(700);
  });

  it("as a date is honoured", async () => {
    asks(503, new Date(Date.now() + 20 * MINUTE_MS).toUTCString());
    await anEvent();
    await world.runToRest(HOUR_MS, 30 * SECOND_MS);
    expect(waits()[0]).toBeGreaterThanOrEqual(1_200);
  });

  it("beyond a day is a day", async () => {
    asks(503, "999999999");
    await anEvent();
    await world.runToRest(3 * DAY_MS, HOUR_MS);
    expect(waits()[0]).toBeGreaterThanOrEqual(86_400);
    expect(waits()[0]).toBeLessThan(100_000);
  });

  it.each([
    [500, "600"],
    [404, "600"],
    [503, "0"],
    [503, "soon"],
  ])("of a %d that says %s changes nothing", async (status, retryAfter) => {
    asks(status, retryAfter);
    await anEvent();
    await world.runToRest(HOUR_MS, SECOND_MS);
    expect(waits()[0]).toBeGreaterThanOrEqual(4);
    expect(waits()[0]).toBeLessThanOrEqual(7);
  });
});

describe("what Cloudflare's edge answers in the receiver's place", () => {
  it.each([
    [521, "connection"],
    [522, "timeout"],
    [525, "tls"],
    [520, "edge_error"],
    [530, "dns"],
  ])("%d is no answer of the receiver's: %s, and tried again", async (status, outcome) => {
    world.answer = (_url, count) => new Response("error code: 1016", { status: count === 1 ? status : 200 });
    const tenant = await anEvent();
    expect((await deliveryTo(world, tenant)).attempts).toMatchObject([{ outcome }]);
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });
});
