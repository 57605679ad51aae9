/** A person has an event delivered to a destination that did not ask for it, or that was not there yet. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as client from "../support/client";
import { deliveriesOf, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { World } from "./world";

const BODY = '{"total":5}';
const BIG = { filter: { total: { $gte: 100 } } };
const LATER_URL = "https://later.example/hook";

let world: World;
let tenant: Tenant;
let eventId: string;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world, [BIG]);
  eventId = (await sendEvent(world, tenant, BODY)).eventId ?? "";
  world.advance(1_000);
});
afterEach(() => world.close());

async function newDestination(settings: Record<string, unknown> = {}): Promise<string> {
  const account = { account_id: tenant.accountId };
  return (await client.addDestination(world, account, LATER_URL, settings)).destination_id;
}

const deliver = (destinationId: string, event = eventId) =>
  manage(world, "POST", `/events/${event}/deliveries`, { destination_id: destinationId });

const gotAtLater = () => world.at(LATER_URL).map(({ body }) => body);

describe("it goes to one", () => {
  it("that did not ask for it", async () => {
    const [{ id, url }] = tenant.destinations as [Tenant["destinations"][0]];
    const { status, json } = await deliver(id);
    expect([status, json]).toMatchObject([202, { event_id: eventId, destination_id: id, state: "pending" }]);
    expect(world.at(url).map(({ body }) => body)).toEqual([BODY]);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("that was made later, by its very filter too, and is not sent to the others", async () => {
    const later = await newDestination(BIG);
    await deliver(later);
    expect(gotAtLater()).toEqual([BODY]);
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 1, delivered: 1 });
    const { json } = await manage<{ destinations: unknown[] }>(world, "GET", `/events/${eventId}`);
    expect(json.destinations.at(-1)).toMatchObject({ destination_id: later, outcome: "delivered", explanation: null });
  });

  it("though the Worker dies before it is sent, and the first attempt fails", async () => {
    const later = await newDestination(BIG);
    world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
    await deliver(later).catch(() => "killed");
    world.fault = () => "none";
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await world.runToRest();
    expect(gotAtLater()).toEqual([BODY, BODY]);
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 1, delivered: 1 });
  });

  it("that had it before, once more", async () => {
    const later = await newDestination();
    await deliver(later);
    await deliver(later);
    expect(gotAtLater()).toEqual([BODY, BODY]);
    const [delivery] = await deliveriesOf(world, tenant, `&destination_id=${later}`);
    expect(delivery).toMatchObject({ state: "delivered", attempt_count: 2 });
  });

  it("that has it on its first way this moment, and leaves it to that", async () => {
    const later = await newDestination();
    const gate = Promise.withResolvers<void>();
    world.answer = () => gate.promise.then(() => new Response(""));
    const sending = sendEvent(world, tenant, BODY);
    await expect.poll(gotAtLater).toHaveLength(1);
    const [aloft] = await deliveriesOf(world, tenant, `&destination_id=${later}`);
    expect((await deliver(later, aloft?.event_id)).status).toBe(202);
    gate.resolve();
    await sending;
    await world.runToRest();
    expect(gotAtLater()).toEqual([BODY]);
  });
});

describe("nothing goes to one", () => {
  it("that is disabled, and it stays as it was", async () => {
    const later = await newDestination();
    await manage(world, "DELETE", `/destinations/${later}/activation`);
    expect(await deliver(later)).toMatchObject({ status: 409, json: { code: "destination_not_enabled" } });
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 1 });
  });

  it("of another account", async () => {
    const other = await newTenant(world, [{}]);
    expect((await deliver(other.destinations[0]?.id ?? "")).status).toBe(404);
    expect([await tally(world, other), await tally(world, tenant)]).toEqual([{}, { "filtered: filter": 1 }]);
  });

  it("that is not there, or of an event that is not", async () => {
    expect((await deliver("dst_00000000000000000000000000")).status).toBe(404);
    expect((await deliver(await newDestination(), "evt_0000000000000000000000000")).status).toBe(404);
  });

  it("once the event is wiped", async () => {
    const later = await newDestination();
    await manage(world, "DELETE", `/events/${eventId}`);
    expect((await deliver(later)).status).toBe(409);
    expect(gotAtLater()).toEqual([]);
  });
});

it("the audit trail says who had it delivered", async () => {
  const later = await newDestination();
  const { json } = await deliver(later);
  const { json: audit } = await manage<{ data: unknown[] }>(world, "GET", `/audit?account_id=${tenant.accountId}`);
  const entry = { action: "delivery.redelivered", target: json.delivery_id };
  expect(audit.data).toContainEqual(expect.objectContaining(entry));
});
