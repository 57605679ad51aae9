/** A destination gets what it asks for, whoever sends it and whatever happens on the way; and it is said why not. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operator } from "../support/pages";
import {
  deliveriesOf,
  deliveryTo,
  eventRequest,
  insist,
  manage,
  newTenant,
  sendEvent,
  type Tenant,
  tally,
} from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

const BIG = { filter: { total: { $gte: 100 } } };
const ORDERS = { event_types: ["order.*"] };
const SMALL = '{"type":"order.paid","total":99.5}';
const LARGE = '{"type":"order.paid","total":100}';
const WHY = "total is 99.5, not 100 or greater (total.$gte).";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

async function tenantOf(destinations: Record<string, unknown>[]): Promise<Tenant> {
  const tenant = await newTenant(world, destinations);
  await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { event_type_path: "type" });
  return tenant;
}

type Answer = { event_id: string; deliveries: number; duplicate?: boolean };

async function answerTo(tenant: Tenant, body: string, key?: string): Promise<Answer> {
  return answerOf(await world.request(eventRequest(tenant, body, key)));
}

function answerOf(response: Response | "killed"): Promise<Answer> {
  if (response === "killed") throw new Error("killed");
  return response.json<Answer>();
}

/** From now on receivers do not answer until they are told to; and when the first request has come. */
function hangs() {
  const [gate, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  world.answer = async () => {
    reached.resolve();
    await gate.promise;
    return new Response("");
  };
  return { reached: reached.promise, answer: gate.resolve };
}

const gotAt = (tenant: Tenant, n: number) => world.at(tenant.destinations[n]!.url).map(({ body }) => body);

describe("an event goes where it is wanted", () => {
  it("the others record that they did not ask for it, and the answer counts none of them", async () => {
    const tenant = await tenantOf([{}, ORDERS, BIG, { event_types: ["invoice.paid"] }]);
    expect((await answerTo(tenant, SMALL)).deliveries).toBe(2);
    expect((await answerTo(tenant, LARGE)).deliveries).toBe(3);
    expect([0, 1, 2, 3].map((n) => gotAt(tenant, n))).toEqual([[SMALL, LARGE], [SMALL, LARGE], [LARGE], []]);
    expect(await tally(world, tenant, 2)).toEqual({ delivered: 1, "filtered: filter": 1 });
    expect(await tally(world, tenant, 3)).toEqual({ "filtered: event_type": 2 });
    const [filtered] = await deliveriesOf(
      world,
      tenant,
      `&destination_id=${tenant.destinations[2]!.id}&state=filtered`,
    );
    expect(filtered).toMatchObject({ attempt_count: 0, reason: "filter", filter_revision: 0, explanation: WHY });
    const [other] = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[3]!.id}`);
    expect(other).toMatchObject({
      explanation: "The event's type is order.paid; the destination asks for invoice.paid.",
    });
  });

  it("or nowhere, and then can be sent to one all the same, which survives a crash", async () => {
    const tenant = await tenantOf([BIG]);
    const { event_id, deliveries } = await answerTo(tenant, SMALL);
    expect(deliveries).toBe(0);
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 1 });
    expect(
      (await manage<{ restarted: number }>(world, "POST", `/events/${event_id}/redeliveries`)).json.restarted,
    ).toBe(0);
    const { delivery_id } = await deliveryTo(world, tenant);
    world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
    await manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    world.fault = () => "none";
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await world.runToRest();
    expect(gotAt(tenant, 0)).toEqual([SMALL, SMALL]);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", explanation: null, attempt_count: 2 });
  });

  it("whatever accepts it: the queue, and the queue for what one request has no room for", async () => {
    const tenant = await tenantOf([...Array.from({ length: 44 }, () => BIG), {}]);
    await sendEvent(world, tenant, SMALL);
    await world.runToRest();
    world.configure({ ACCEPT: "queue" });
    await sendEvent(world, tenant, SMALL);
    await world.runToRest();
    expect(await tally(world, tenant, 44)).toEqual({ delivered: 2 });
    expect(world.received).toHaveLength(2);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM deliveries WHERE state = 'filtered'").first("n")).toBe(88);
  });

  it("the answer counts right where there is no room in one request, and where a circuit is open", async () => {
    const tenant = await tenantOf([
      ...Array.from({ length: 30 }, () => BIG),
      ...Array.from({ length: 30 }, () => ({})),
    ]);
    expect((await answerTo(tenant, SMALL)).deliveries).toBe(30);
    await world.runToRest();
    expect(world.received).toHaveLength(30);
    await env.DB.prepare("UPDATE destinations SET consecutive_failures = 20").run();
    expect((await answerTo(tenant, SMALL)).deliveries).toBe(30);
  });

  it("as numbers were written, and by headers that are kept", async () => {
    const tenant = await tenantOf([
      { filter: { id: { $gt: 9007199254740991 } } },
      { filter: { $headers: { "X-Region": "eu" } } },
    ]);
    await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { forward_headers: ["x-region"] });
    expect((await answerTo(tenant, '{"id":9007199254740992}')).deliveries).toBe(1);
    const headers = { "cl-x-token": tenant.token, "content-type": "application/json", "x-region": "eu" };
    await world.request(new Request(`${world.url}/server/incoming_data`, { method: "POST", headers, body: "{}" }));
    expect([gotAt(tenant, 0), gotAt(tenant, 1)]).toEqual([['{"id":9007199254740992}'], ["{}"]]);
  });
});

describe("a key that comes again is answered as it was, before anything of the first event is recorded and after,", () => {
  it.each<[string, Record<string, unknown>[], number]>([
    ["on its first way", [BIG, ORDERS, {}], 0],
    ["where there is no room in one request", [...Array<Record<string, unknown>>(60).fill(BIG), ORDERS, {}], 0],
    ["where the circuits are open", [BIG, ORDERS, {}], 20],
  ])("%s", async (_where, destinations, consecutiveFailures) => {
    const tenant = await tenantOf(destinations);
    await env.DB.prepare("UPDATE destinations SET consecutive_failures = ?").bind(consecutiveFailures).run();
    const receiver = hangs();
    const { answered, done } = world.begin(eventRequest(tenant, SMALL, "key-1"));
    const first = await answerOf(await answered);
    expect(first.deliveries).toBe(2);
    const again = { ...first, duplicate: true };
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual(again);
    receiver.answer();
    await done;
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual(again);
    await world.runToRest();
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual(again);
  });

  it("while what a crash left is sent by somebody else", async () => {
    const tenant = await tenantOf([BIG, {}]);
    world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
    const first = await answerTo(tenant, SMALL, "key-1");
    world.fault = () => "none";
    world.advance(3 * MINUTE_MS);
    await world.cron();
    const receiver = hangs();
    const { done } = world.beginHandOver(world.takeDue());
    await receiver.reached;
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual({ ...first, deliveries: 1, duplicate: true });
    receiver.answer();
    await done;
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 1, delivered: 1 });
  });

  it("but for what a person sends all the same, which it counts before that is attempted and after", async () => {
    const tenant = await tenantOf([BIG]);
    const first = await answerTo(tenant, SMALL, "key-1");
    expect(first.deliveries).toBe(0);
    const { delivery_id } = await deliveryTo(world, tenant);
    const receiver = hangs();
    const sending = manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    await receiver.reached;
    const again = { ...first, deliveries: 1, duplicate: true };
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual(again);
    receiver.answer();
    await sending;
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual(again);
  });

  it("and by the filter of then, once that was attempted and the filter changed", async () => {
    const tenant = await tenantOf([{}]);
    world.answer = () => new Response("", { status: 500 });
    const first = await answerTo(tenant, SMALL, "key-1");
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, BIG);
    expect(await answerTo(tenant, SMALL, "key-1")).toEqual({ ...first, duplicate: true });
  });
});

it("a recovery sends what was filtered out where it is asked to, and only then", async () => {
  const tenant = await tenantOf([BIG, BIG]);
  const from = new Date(Date.now()).toISOString();
  for (let n = 0; n < 60; n++) {
    await sendEvent(world, tenant, SMALL);
    world.advance(1);
  }
  await sendEvent(world, tenant, LARGE);
  world.advance(SECOND_MS);
  const path = `/destinations/${tenant.destinations[0]!.id}/recoveries`;
  expect((await manage<{ total: number }>(world, "POST", path, { from })).json.total).toBe(0);
  await world.runToRest();
  world.advance(SECOND_MS);
  expect((await manage<{ total: number }>(world, "POST", path, { from, unmatched: true })).json.total).toBe(60);
  await world.runToRest();
  expect([await tally(world, tenant, 0), await tally(world, tenant, 1)]).toEqual([
    { delivered: 61 },
    { delivered: 1, "filtered: filter": 60 },
  ]);
  const { json } = await manage<{ data: unknown[] }>(world, "GET", path);
  expect(json.data[0]).toMatchObject({ state: "finished", unmatched: true, redelivered: 60, remaining: 0 });
});

describe("what is not wanted is never sent", () => {
  it.each([
    ["with a queue", {}],
    ["without one", NO_QUEUE],
  ])("though the Worker dies at any point, %s", async (_how, settings) => {
    for (let at = 0; ; at++) {
      world.close();
      world = await World.open(settings);
      const tenant = await tenantOf([BIG, {}]);
      let reached = false;
      world.seams.length = 0;
      world.fault = (_seam, index) => {
        if (index !== at || reached) return "none";
        reached = true;
        return "kill";
      };
      const sent = await sendEvent(world, tenant, SMALL);
      await world.runToRest(HOUR_MS);
      world.fault = () => "none";
      if (!reached) break;
      expect(gotAt(tenant, 0), `killed at ${at}`).toEqual([]);
      if (sent.status === 200) {
        expect(await tally(world, tenant), `killed at ${at}`).toEqual({ "filtered: filter": 1, delivered: 1 });
      }
    }
  });

  it("by the filter of the moment in which it would first be sent, and its revision", async () => {
    const tenant = await tenantOf([{}]);
    await env.DB.prepare("UPDATE destinations SET consecutive_failures = 20, wake_at = ?")
      .bind(Date.now() + HOUR_MS)
      .run();
    for (let n = 0; n < 4; n++) await sendEvent(world, tenant, SMALL);
    await sendEvent(world, tenant, LARGE);
    const path = `/destinations/${tenant.destinations[0]!.id}`;
    const changed = await insist<{ filter_revision: number }>(world, "PATCH", path, BIG);
    expect(changed.json.filter_revision).toBe(1);
    expect(
      (await insist<{ filter_revision: number }>(world, "PATCH", path, { description: "x" })).json.filter_revision,
    ).toBe(1);
    world.advance(HOUR_MS);
    // the circuit is open, and nothing that is not wanted keeps the probe waiting
    await world.minute();
    expect(gotAt(tenant, 0)).toEqual([LARGE]);
    expect(await tally(world, tenant)).toEqual({ delivered: 1, "filtered: filter": 4 });
    const [filtered] = await deliveriesOf(world, tenant, "&state=filtered");
    expect(filtered).toMatchObject({ filter_revision: 1, explanation: WHY });
  });

  it("but what was attempted before is sent on, whatever the filter is by then", async () => {
    const tenant = await tenantOf([{}]);
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await sendEvent(world, tenant, SMALL);
    await insist(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, BIG);
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("a filter that this version cannot read asks for nothing, and says so", async () => {
    const tenant = await tenantOf([BIG]);
    await env.DB.prepare('UPDATE destinations SET filter = \'{"a":{"$new":1}}\'').run();
    await sendEvent(world, tenant, SMALL);
    expect(await deliveryTo(world, tenant)).toMatchObject({
      state: "filtered",
      explanation: "The destination's filter cannot be read any more. Save it anew.",
    });
  });
});

it("a test event goes to its destination whatever that asks for", async () => {
  const tenant = await tenantOf([{ ...BIG, ...ORDERS }]);
  await manage(world, "POST", `/destinations/${tenant.destinations[0]!.id}/tests`);
  expect(await tally(world, tenant)).toEqual({ delivered: 1 });
});

it("the circuit, the health and the attempts of a destination do not know of what it does not get", async () => {
  const tenant = await tenantOf([BIG]);
  world.answer = () => new Response("", { status: 500 });
  for (let n = 0; n < 3; n++) await sendEvent(world, tenant, LARGE);
  await sendEvent(world, tenant, SMALL);
  const { json } = await manage(world, "GET", `/destinations/${tenant.destinations[0]!.id}`);
  expect(json).toMatchObject({ consecutive_failures: 3, enabled: true });
});

describe("in the statistics it is a number of its own", () => {
  const totals = async () =>
    (await manage<{ totals: Record<string, number> }>(world, "GET", "/stats?range=24h")).json.totals;

  it("soon after the event came, and long after, each once", async () => {
    await env.DB.prepare("DELETE FROM stats").run();
    const tenant = await tenantOf([BIG]);
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, SMALL);
    await world.pass(5 * MINUTE_MS);
    expect(await totals()).toMatchObject({ events: 3, filtered: 3, delivered: 0, failed: 0, discarded: 0 });
    const path = `/destinations/${tenant.destinations[0]!.id}`;
    await insist(world, "PATCH", path, { filter: null });
    await env.DB.prepare("UPDATE destinations SET consecutive_failures = 20, wake_at = ?")
      .bind(Date.now() + 2 * MINUTE_MS)
      .run();
    for (let n = 0; n < 2; n++) await sendEvent(world, tenant, SMALL);
    await insist(world, "PATCH", path, BIG);
    world.advance(2 * MINUTE_MS);
    await world.runToRest();
    await world.pass(5 * MINUTE_MS);
    expect(await tally(world, tenant)).toEqual({ "filtered: filter": 5 });
    expect(await totals()).toMatchObject({ events: 5, filtered: 5, failed: 0 });
    await world.pass(DAY_MS / 12, HOUR_MS);
    expect(await totals()).toMatchObject({ filtered: 5 });
  });

  it("on the overview and on the destination's page, and no failure there", async () => {
    await env.DB.prepare("DELETE FROM stats").run();
    const tenant = await tenantOf([BIG]);
    const pages = await operator(env.ADMIN_TOKEN, world.door);
    const overview = async () => (await pages.visit("/dashboard")).text;
    await sendEvent(world, tenant, LARGE);
    await world.pass(2 * MINUTE_MS);
    expect(await overview()).not.toContain("not drawn");
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, SMALL);
    await world.pass(2 * MINUTE_MS);
    const text = await overview();
    expect(text).toContain("3 filtered out, not drawn");
    expect(text).toMatch(/Filtered out<\/dt><dd><a href="[^"]*state=filtered[^"]*">3</);
    expect(text).toMatch(/Success rate<\/dt><dd><a [^>]*>100 %</);
    const { text: destination } = await pages.visit(`/dashboard/destinations/${tenant.destinations[0]!.id}`);
    expect(destination).toContain("3 events were filtered out.");
  });
});

it("a wiped event keeps nothing that its explanation quoted", async () => {
  const tenant = await tenantOf([{ filter: { secret: "a" } }]);
  const { eventId } = await sendEvent(world, tenant, '{"secret":"hush"}');
  expect((await deliveryTo(world, tenant)).explanation).toContain("hush");
  await manage(world, "DELETE", `/events/${eventId}`);
  const { results } = await env.DB.prepare("SELECT * FROM deliveries").all();
  expect(JSON.stringify(results)).not.toContain("hush");
});

it("the event says what became of it at every destination of its account", async () => {
  const tenant = await tenantOf([{}, BIG, { event_types: ["x"] }, {}, {}, {}]);
  const [, , , disabled, failing] = tenant.destinations.map(({ id }) => id);
  await manage(world, "DELETE", `/destinations/${disabled}/activation`);
  await env.DB.prepare("UPDATE destinations SET enabled = 0, disabled_reason = 'failing' WHERE destination_id = ?")
    .bind(failing)
    .run();
  world.answer = (url) => new Response("", { status: url === tenant.destinations[5]!.url ? 410 : 200 });
  const { event_id } = await answerTo(tenant, SMALL);
  world.advance(1_000);
  const later = await newDestination(tenant);
  const { json } = await manage<{ destinations: Record<string, unknown>[] }>(world, "GET", `/events/${event_id}`);
  const outcomeAt = new Map(json.destinations.map((one) => [one.destination_id, [one.outcome, one.explanation]]));
  expect([...tenant.destinations.map(({ id }) => id), later].map((id) => outcomeAt.get(id))).toEqual([
    ["delivered", null],
    ["filtered", WHY],
    ["not_subscribed", "The event's type is order.paid; the destination asks for x."],
    ["disabled", null],
    ["paused", null],
    ["discarded", null],
    ["made_later", null],
  ]);
  expect(json.destinations.at(-1)).toMatchObject({ destination_id: later, delivery_id: null });
});

async function newDestination(tenant: Tenant): Promise<string> {
  const body = { url: "https://later.example/", http_method: "POST", headers: {} };
  const { json } = await manage<{ destination_id: string }>(
    world,
    "POST",
    `/accounts/${tenant.accountId}/destinations`,
    body,
  );
  return json.destination_id;
}
