/** A destination gets of each event what it makes of it, or nothing, and then it is said why. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operator } from "../support/pages";
import {
  deliveriesOf,
  deliveryTo,
  destinationOf,
  insist,
  manage,
  newTenant,
  sendEvent,
  type Tenant,
  tally,
} from "./tenant";
import { MINUTE_MS, World } from "./world";

const ORDER = '{ "order": {"id": 12345678901234567890, "paid": true}, "note": "Zoë" }';
const SUMMARY = { transformation: '{"text": "Order " & order.id}' };
/** Fails for every order. */
const FAILING = { transformation: "order.paid + 1" };
const FAILURE = "The transformation fails: Left of + must be a number (at character 12)";
const ENDLESS = { transformation: "($f := function() { $f() }; $f())" };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const gotAt = (tenant: Tenant, n = 0) => world.at(tenant.destinations[n]!.url);

async function attemptsOf(deliveryId: string) {
  const { json } = await manage<{ attempts: { outcome: string; detail: string | null }[] }>(
    world,
    "GET",
    `/deliveries/${deliveryId}`,
  );
  return json.attempts;
}

describe("a destination with a transformation", () => {
  it("gets what the expression makes, the one beside it the bytes as they came", async () => {
    const tenant = await newTenant(world, [SUMMARY, {}]);
    await sendEvent(world, tenant, ORDER);
    expect(gotAt(tenant, 0).map(({ body }) => body)).toEqual(['{"text":"Order 12345678901234567890"}']);
    expect(gotAt(tenant, 1).map(({ body }) => body)).toEqual([ORDER]);
  });

  it("gets the same on each attempt", async () => {
    const tenant = await newTenant(world, [{ transformation: '{"at": $now(), "id": $event.id}' }]);
    world.answer = (_url, count) => new Response("", { status: count < 3 ? 500 : 200 });
    await sendEvent(world, tenant, ORDER);
    await world.runToRest();
    const bodies = gotAt(tenant).map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  it("gets a form, as a form", async () => {
    const tenant = await newTenant(world, [{ templates: { body: "form" } }]);
    await sendEvent(world, tenant, '{"a":"1 & 2","b":["x","y"]}');
    expect(gotAt(tenant).map(({ headers }) => headers.get("content-type"))).toEqual([
      "application/x-www-form-urlencoded",
    ]);
    expect(gotAt(tenant).map(({ body }) => [...new URLSearchParams(body)])).toEqual([
      [
        ["a", "1 & 2"],
        ["b", "x"],
        ["b", "y"],
      ],
    ]);
  });
});

describe("an event that the expression fails for", () => {
  it("ends with the reason, at once, and harms neither the destination's health nor the others", async () => {
    const tenant = await newTenant(world, [FAILING, {}]);
    for (let n = 0; n < 12; n++) await sendEvent(world, tenant, ORDER);
    await world.runToRest();
    expect(gotAt(tenant, 0)).toEqual([]);
    expect(gotAt(tenant, 1)).toHaveLength(12);
    expect(await tally(world, tenant, 0)).toEqual({ "discarded: unsendable": 12 });
    const [destination] = tenant.destinations;
    const { json } = await manage(world, "GET", `/destinations/${destination!.id}`);
    expect(json).toMatchObject({ enabled: true, consecutive_failures: 0, failing_since: null });
    const [last] = await deliveriesOf(world, tenant, `&destination_id=${destination!.id}&limit=1`);
    expect(await attemptsOf(last!.delivery_id)).toMatchObject([
      {
        outcome: "unsendable",
        detail: FAILURE,
      },
    ]);
  });

  it("leaves the health that real failures made as it was", async () => {
    const tenant = await newTenant(world);
    world.answer = () => new Response("", { status: 500 });
    for (let n = 0; n < 2; n++) await sendEvent(world, tenant, ORDER);
    const before = await destinationOf(world, tenant);
    expect(before.consecutive_failures).toBe(2);
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, FAILING);
    world.advance(MINUTE_MS);
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, ORDER);
    expect(await tally(world, tenant)).toMatchObject({ "discarded: unsendable": 3 });
    const { consecutive_failures, failing_since, enabled } = await destinationOf(world, tenant);
    expect({ consecutive_failures, failing_since, enabled }).toEqual({
      consecutive_failures: before.consecutive_failures,
      failing_since: before.failing_since,
      enabled: true,
    });
  });

  it("says why wherever it is asked what became of it", async () => {
    const tenant = await newTenant(world, [FAILING]);
    const { eventId } = await sendEvent(world, tenant, ORDER);
    const { json } = await manage(world, "GET", `/events/${eventId}`);
    expect(json.destinations).toMatchObject([{ outcome: "discarded", explanation: FAILURE }]);
    expect((await deliveriesOf(world, tenant))[0]?.explanation).toBe(FAILURE);
    const browser = await operator(undefined, world.door);
    expect((await browser.visit(`/dashboard/events/${eventId}`)).text).toContain(FAILURE);
  });

  it("can be sent again by itself once the expression is changed", async () => {
    const tenant = await newTenant(world, [FAILING]);
    await sendEvent(world, tenant, ORDER);
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, SUMMARY);
    const { delivery_id } = await deliveryTo(world, tenant);
    await manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    await world.runToRest();
    expect(gotAt(tenant).map(({ body }) => body)).toEqual(['{"text":"Order 12345678901234567890"}']);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered" });
  });

  it.each<[string, (tenant: Tenant) => Promise<unknown>]>([
    [
      "the API",
      ({ destinations: [to] }) =>
        manage(world, "POST", `/destinations/${to!.id}/recoveries`, {
          from: new Date(Date.now() - MINUTE_MS).toISOString(),
        }),
    ],
    [
      "the destination's page",
      async ({ destinations: [to] }) => {
        const browser = await operator(undefined, world.door);
        const path = `/dashboard/destinations/${to!.id}`;
        const from = /type="datetime-local" value="([^"]+)"/.exec((await browser.visit(path)).text)?.[1] ?? "";
        await browser.submit(`${path}/recover`, { from, to: "" });
      },
    ],
  ])("is among what a recovery by %s sends, as the expression makes it then", async (_by, recover) => {
    const tenant = await newTenant(world, [FAILING]);
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, ORDER);
    world.advance(1_000);
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, SUMMARY);
    await recover(tenant);
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 3 });
    expect(gotAt(tenant).map(({ body }) => body)).toEqual(Array(3).fill('{"text":"Order 12345678901234567890"}'));
  });

  it("fails again by a recovery with the same expression, and is not tried for ever", async () => {
    const tenant = await newTenant(world, [FAILING]);
    await sendEvent(world, tenant, ORDER);
    world.advance(1_000);
    const from = new Date(Date.now() - MINUTE_MS).toISOString();
    await manage(world, "POST", `/destinations/${tenant.destinations[0]!.id}/recoveries`, { from });
    await world.runToRest();
    const { state, attempt_count } = await deliveryTo(world, tenant);
    expect([state, attempt_count]).toEqual(["discarded", 2]);
  });
});

describe("an expression without end", () => {
  it("ends its own delivery with the reason, and no other of the event, nor the next one", async () => {
    const tenant = await newTenant(world, [ENDLESS, {}, SUMMARY]);
    await sendEvent(world, tenant, ORDER);
    const { delivery_id, state } = await deliveryTo(world, tenant, 0);
    expect(state).toBe("discarded");
    expect((await attemptsOf(delivery_id))[0]?.detail).toMatch(
      /^The transformation fails: The expression takes more than 100,000 steps/,
    );
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, { transformation: null });
    await sendEvent(world, tenant, "{}");
    expect([0, 1].map((n) => gotAt(tenant, n).map(({ body }) => body))).toEqual([["{}"], [ORDER, "{}"]]);
    expect(gotAt(tenant, 2)).toHaveLength(2);
  });

  it("keeps no neighbour from arriving in the same batch of the queue", async () => {
    world.configure({ ACCEPT: "queue" });
    const [hostile, neighbour] = [await newTenant(world, [ENDLESS, ENDLESS]), await newTenant(world)];
    for (let n = 0; n < 8; n++) await sendEvent(world, hostile, ORDER);
    await sendEvent(world, neighbour, ORDER);
    await world.handOver(world.takeDue());
    expect(gotAt(neighbour).map(({ body }) => body)).toEqual([ORDER]);
    await world.runToRest();
    expect(await tally(world, hostile)).toEqual({ "discarded: unsendable": 16 });
  });
});
