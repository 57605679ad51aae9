/** An event is wiped: what it held is nowhere any more, and that it was delivered is still known. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { openForTests, reopen, tenant, world } from "./opened";
import { deliveriesOf, deliveryTo, eventRequest, manage, newTenant, type Sent, sendEvent, tally } from "./tenant";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "./world";

openForTests();

type Event = { payload: string | null; wiped_at: string | null; size_bytes: number; deliveries: { state: string }[] };

/** What nobody may find once the event is wiped. */
const SECRET = "5f1c7d-name-and-address";
const BODY = `{"of":"${SECRET}"}`;

function wipe({ eventId }: Sent): Promise<{ status: number }> {
  return manage(world, "DELETE", `/events/${eventId}`);
}

async function eventOf({ eventId }: Sent): Promise<Event> {
  return (await manage<Event>(world, "GET", `/events/${eventId}`)).json;
}

/** The tables in which the secret stands. */
async function tablesWith(secret: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  ).all<{ name: string }>();
  const found: string[] = [];
  for (const { name } of results) {
    const { results: rows } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
    if (JSON.stringify(rows).includes(secret)) found.push(name);
  }
  return found.sort();
}

describe("a delivered event", () => {
  it("leaves no trace of its payload, its headers and the answers, and keeps the record", async () => {
    await manage(world, "PATCH", `/accounts/${tenant.accountId}`, { forward_headers: ["x-person"] });
    world.answer = (_url, count) =>
      new Response(`thanks, ${SECRET}`, { status: count === 1 ? 500 : 200, headers: { "x-echo": SECRET } });
    const request = eventRequest(tenant, BODY, "order-1");
    request.headers.set("x-person", SECRET);
    const { event_id: eventId } = await ((await world.request(request)) as Response).json<{ event_id: string }>();
    const sent = { body: BODY, status: 200, eventId, duplicate: false };
    await world.runToRest();
    expect(await tablesWith(SECRET)).toEqual(["attempts", "deliveries", "events"]);
    world.advance(MINUTE_MS);
    const before = await deliveryTo(world, tenant);
    expect((await wipe(sent)).status).toBe(204);
    expect(await tablesWith(SECRET)).toEqual([]);
    expect(await eventOf(sent)).toMatchObject({
      payload: null,
      wiped_at: new Date().toISOString(),
      size_bytes: 0,
      idempotency_key: "order-1",
      deliveries: [{ state: "delivered", reason: null, attempt_count: 2, last_status_code: 200 }],
    });
    expect(await deliveryTo(world, tenant)).toEqual({
      ...before,
      attempts: before.attempts.map((attempt) => ({
        ...attempt,
        detail: null,
        response_headers: null,
        response_body: null,
      })),
    });
  });

  it("leaves no trace of what a transformation that failed said of it", async () => {
    await manage(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, { transformation: "$number(of)" });
    const sent = await sendEvent(world, tenant, BODY);
    expect((await deliveriesOf(world, tenant))[0]?.explanation).toContain(`${SECRET} is no number`);
    expect((await wipe(sent)).status).toBe(204);
    expect(await tablesWith(SECRET)).toEqual([]);
    expect((await deliveriesOf(world, tenant))[0]).toMatchObject({ explanation: null });
  });

  it("is found no more by what it held", async () => {
    const sent = await sendEvent(world, tenant, BODY);
    const found = async () => (await manage<{ data: unknown[] }>(world, "GET", `/events?q=${SECRET}`)).json.data.length;
    expect(await found()).toBe(1);
    await wipe(sent);
    expect(await found()).toBe(0);
  });

  it("keeps its idempotency key, so that nobody sends it in again", async () => {
    const sent = await sendEvent(world, tenant, BODY, "order-1");
    await wipe(sent);
    expect(await sendEvent(world, tenant, BODY, "order-1")).toMatchObject({
      status: 200,
      eventId: sent.eventId,
      duplicate: true,
    });
    expect((await sendEvent(world, tenant, "{}", "order-1")).status).toBe(409);
    expect(world.received).toHaveLength(1);
  });

  it("is not sent again, alone or with its event, and a person is told why", async () => {
    const sent = await sendEvent(world, tenant, BODY);
    await wipe(sent);
    const [delivery] = await deliveriesOf(world, tenant);
    for (const path of [`/deliveries/${delivery?.delivery_id}`, `/events/${sent.eventId}`]) {
      const answer = await manage<{ code: string }>(world, "POST", `${path}/redeliveries`);
      expect([answer.status, answer.json.code]).toEqual([409, "event_wiped"]);
    }
    await world.pass(HOUR_MS);
    expect(world.received).toHaveLength(1);
  });

  it("can be wiped again, which changes nothing", async () => {
    const sent = await sendEvent(world, tenant, BODY);
    await wipe(sent);
    const before = await eventOf(sent);
    world.advance(MINUTE_MS);
    expect((await wipe(sent)).status).toBe(204);
    expect(await eventOf(sent)).toEqual(before);
  });

  it("takes no storage any more but for its record", async () => {
    const stored = () => env.DB.prepare("SELECT max(stored_bytes) AS n FROM accounts").first<number>("n");
    const counted = await sendEvent(world, tenant, `"${"x".repeat(50_000)}"`);
    await world.cron();
    expect(await stored()).toBe(51_002);
    await wipe(counted);
    expect(await stored()).toBe(1_000);
    await wipe(await sendEvent(world, tenant, `"${"x".repeat(50_000)}"`));
    await world.cron();
    expect(await stored()).toBe(2_000);
  });
});

describe("an event that did not arrive yet", () => {
  it("is discarded, and nothing more is sent of it", async () => {
    world.answer = () => new Response("", { status: 500 });
    const sent = await sendEvent(world, tenant, BODY);
    await wipe(sent);
    await world.pass(HOUR_MS);
    expect(world.received).toHaveLength(1);
    expect(await tally(world, tenant)).toEqual({ "discarded: event_wiped": 1 });
  });

  it("and is held is discarded as well, and the others of its destination arrive", async () => {
    world.answer = () => new Response("", { status: 500 });
    const sent = [];
    for (let n = 0; n < 8; n++) sent.push(await sendEvent(world, tenant, `{"n":${n}}`));
    await world.pass(3 * MINUTE_MS);
    for (const one of sent.slice(6)) await wipe(one);
    const before = world.received.length;
    world.answer = () => new Response("ok");
    await world.pass(5 * HOUR_MS, 10 * MINUTE_MS);
    expect(await tally(world, tenant)).toEqual({ delivered: 6, "discarded: event_wiped": 2 });
    expect(world.received.slice(before).filter(({ body }) => /[67]/.test(body))).toEqual([]);
  });

  it.each([
    [200, { delivered: 1 }],
    [500, { "discarded: event_wiped": 1 }],
  ])("and is answered %d meanwhile: the answer is not kept", async (status, states) => {
    const answer = Promise.withResolvers<Response>();
    world.answer = () => answer.promise;
    const { answered, done } = world.begin(eventRequest(tenant, BODY));
    await answered;
    await vi.waitUntil(() => world.received.length === 1);
    const [delivery] = await deliveriesOf(world, tenant);
    expect((await wipe({ eventId: delivery?.event_id ?? "" } as Sent)).status).toBe(204);
    answer.resolve(new Response(SECRET, { status, headers: { "x-echo": SECRET } }));
    await done;
    expect(await tally(world, tenant)).toEqual(states);
    expect((await deliveryTo(world, tenant)).attempts).toMatchObject([{ status_code: status, response_body: null }]);
    expect((await manage(world, "POST", `/deliveries/${delivery?.delivery_id}/redeliveries`)).status).toBe(409);
    expect(await tablesWith(SECRET)).toEqual([]);
  });

  it.each([
    ["in this isolate", true],
    ["in another isolate", false],
  ])("and waits for a place among the requests of this isolate does not begin, once it is wiped %s", async (_, own) => {
    const many = await newTenant(world, Array(12).fill({}));
    const gate = Promise.withResolvers<void>();
    world.answer = () => gate.promise.then(() => new Response("ok"));
    const { answered, done } = world.begin(eventRequest(many, BODY));
    const { event_id } = await ((await answered) as Response).json<{ event_id: string }>();
    await vi.waitUntil(() => world.received.length === 6);
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` };
    const request = new Request(`https://gateway.test/events/${event_id}`, { method: "DELETE", headers });
    await (own ? world.request(request) : world.request(request, world.newIsolate()));
    if (!own) world.advance(2 * SECOND_MS);
    gate.resolve();
    await done;
    await world.minute();
    expect(world.received).toHaveLength(6);
    expect(await tally(world, many)).toEqual({ delivered: 6, "discarded: event_wiped": 6 });
  });

  it("is passed over by a recovery, which ends", async () => {
    world.answer = () => new Response("", { status: 410 });
    const sent = [];
    for (let n = 0; n < 3; n++) {
      sent.push(await sendEvent(world, tenant, `{"n":${n}}`));
      world.advance(SECOND_MS);
    }
    for (const one of sent.slice(0, 2)) await wipe(one);
    world.answer = () => new Response("ok");
    const path = `/destinations/${tenant.destinations[0]?.id}`;
    await manage(world, "PUT", `${path}/activation`);
    const range = { from: "2026-11-01T00:00:00.000Z" };
    const begun = await manage<{ recovery_id: string }>(world, "POST", `${path}/recoveries`, range);
    await world.pass(10 * MINUTE_MS);
    const recovery = await manage(world, "GET", `/recoveries/${begun.json.recovery_id}`);
    expect(recovery.json).toMatchObject({ state: "finished", total: 1, redelivered: 1 });
    expect(await tally(world, tenant)).toEqual({ delivered: 1, "discarded: event_wiped": 2 });
  });
});

describe("an event that was answered 202", () => {
  it("can be wiped once it is stored, and a message that comes again makes nothing of it", async () => {
    world.close();
    await reopen({ ACCEPT: "queue" });
    const sent = await sendEvent(world, tenant, BODY);
    expect((await wipe(sent)).status).toBe(404);
    const messages = world.takeDue();
    await world.handOver(messages);
    expect((await wipe(sent)).status).toBe(204);
    await manage(world, "POST", `/accounts/${tenant.accountId}/destinations`, {
      url: "https://added-later.example/",
      http_method: "POST",
      headers: {},
    });
    await world.handOver(messages);
    await world.pass(10 * MINUTE_MS);
    expect(world.received).toHaveLength(1);
    expect(await tablesWith(SECRET)).toEqual([]);
    expect((await eventOf(sent)).deliveries).toHaveLength(1);
  });

  it("takes its dead letters with it, and those alone", async () => {
    world.close();
    await reopen({ ACCEPT: "queue" });
    const sent = await sendEvent(world, tenant, BODY);
    const other = await sendEvent(world, tenant, `{"not":"${sent.eventId}"}`);
    const messages = world.takeDue();
    await world.handOver(messages);
    await world.handOver(messages, undefined, "data-pusher-dead");
    const letters = async () =>
      (await manage<{ data: { event_id: string }[] }>(world, "GET", "/dead-letters")).json.data.map(
        (one) => one.event_id,
      );
    expect((await letters()).sort()).toEqual([sent.eventId, other.eventId].sort());
    await wipe(sent);
    expect(await letters()).toEqual([other.eventId]);
    expect(await tablesWith(SECRET)).toEqual([]);
  });
});
