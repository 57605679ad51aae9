/** A destination gets of each event what it makes of it, or nothing, and then it is said why. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf, deliveryTo, insist, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { World } from "./world";

const ORDER = '{ "order": {"id": 12345678901234567890, "paid": true}, "note": "Zoë" }';
const SUMMARY = { transformation: '{"text": "Order " & order.id}' };

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
    const tenant = await newTenant(world, [{ transformation: "order.paid + 1" }, {}]);
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
        detail: "The transformation fails: Left of + must be a number (at character 12)",
      },
    ]);
  });

  it("can be sent once the expression is changed", async () => {
    const tenant = await newTenant(world, [{ transformation: "order.paid + 1" }]);
    await sendEvent(world, tenant, ORDER);
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, SUMMARY);
    const { delivery_id } = await deliveryTo(world, tenant);
    await manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    await world.runToRest();
    expect(gotAt(tenant).map(({ body }) => body)).toEqual(['{"text":"Order 12345678901234567890"}']);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered" });
  });
});
