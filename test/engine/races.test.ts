/** Several isolates on one database at the same moment. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { openForTests, reopen, tenant, world } from "./opened";
import { deliveryTo, manage, sendEvent, tally } from "./tenant";
import { MINUTE_MS, NO_QUEUE } from "./world";

openForTests();

const PUSH = githubPayload("push");
const THRICE = [1, 2, 3];

describe("whoever finds a due delivery at the same moment", () => {
  it("three sweeps without a queue: one attempt", async () => {
    world.close();
    await reopen(NO_QUEUE);
    await aDueDelivery();
    await Promise.all(THRICE.map(() => world.cron(world.newIsolate())));
    await expectOneMoreAttempt();
  });

  it("three consumers with a copy of the message each: one attempt", async () => {
    world.copies = () => 3;
    await aDueDelivery();
    const copies = world.takeDue();
    expect(copies).toHaveLength(3);
    await Promise.all(copies.map((copy) => world.handOver([copy], world.newIsolate())));
    await expectOneMoreAttempt();
  });

  it("sweeps, consumers and a person's redelivery: one attempt", async () => {
    world.copies = () => 3;
    await aDueDelivery();
    const { delivery_id } = await deliveryTo(world, tenant);
    world.restart();
    await Promise.all([
      ...THRICE.map(() => world.cron(world.newIsolate())),
      ...world.takeDue().map((copy) => world.handOver([copy], world.newIsolate())),
      manage(world, "POST", `/deliveries/${delivery_id}/redeliveries`),
    ]);
    await world.minute();
    await expectOneMoreAttempt();
  });

  it("two persons who send it again: one attempt", async () => {
    await aDueDelivery();
    const { delivery_id } = await deliveryTo(world, tenant);
    const path = `/deliveries/${delivery_id}/redeliveries`;
    const first = manage(world, "POST", path);
    world.restart();
    expect((await Promise.all([first, manage(world, "POST", path)])).map(({ status }) => status)).toEqual([202, 202]);
    await expectOneMoreAttempt();
  });

  it("two consumers on a destination's drain: one probe", async () => {
    const dead = () => new Response("", { status: 503 });
    world.answer = dead;
    for (let n = 0; n < 8; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await world.pass(3 * MINUTE_MS);
    world.advance(2 * 60 * MINUTE_MS);
    const before = world.received.length;
    const destinations = world.queue.filter(({ body }) => "destination" in (body as object));
    await Promise.all([...destinations, ...destinations].map((one) => world.handOver([one], world.newIsolate())));
    await Promise.all(THRICE.map(() => world.cron(world.newIsolate())));
    expect(world.received.length - before).toBe(1);
  });

  it("a sweep while the request that accepted the event is still at it: one attempt", async () => {
    const gate = Promise.withResolvers<Response>();
    world.answer = () => gate.promise;
    const sent = sendEvent(world, tenant, PUSH);
    while (world.received.length === 0) await scheduler.wait(1);
    world.advance(40_000);
    await world.cron(world.newIsolate());
    await world.handOver(world.takeDue(), world.newIsolate());
    gate.resolve(new Response("ok"));
    await sent;
    expect(world.received).toHaveLength(1);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  });

  async function aDueDelivery(): Promise<void> {
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await sendEvent(world, tenant, PUSH);
    world.advance(MINUTE_MS);
  }

  async function expectOneMoreAttempt(): Promise<void> {
    expect(world.received).toHaveLength(2);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 2 });
  }
});

describe("an attempt that outlives its lease", () => {
  it.each([
    [500, { state: "pending", attempt_count: 2 }],
    [200, { state: "delivered", attempt_count: 2, next_attempt_at: null }],
  ])("and ends with %d changes what another has recorded only if it has arrived", async (status, becomes) => {
    const late = Promise.withResolvers<Response>();
    world.answer = (_url, count) => (count === 1 ? late.promise : new Response("", { status: 500 }));
    const sent = sendEvent(world, tenant, PUSH);
    while (world.received.length === 0) await scheduler.wait(1);
    world.advance(2 * MINUTE_MS);
    await world.cron(world.newIsolate());
    await world.handOver(world.takeDue(), world.newIsolate());
    const { next_attempt_at } = await deliveryTo(world, tenant);
    late.resolve(new Response("", { status }));
    await sent;
    expect(await deliveryTo(world, tenant)).toMatchObject({ next_attempt_at, ...becomes });
  });
});

describe("a change of settings", () => {
  it("while an event is held takes its place from nobody", async () => {
    world.answer = () => new Response("", { status: 500 });
    for (let n = 0; n < 5; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await env.DB.prepare("DELETE FROM events").run();
    await env.DB.prepare("UPDATE destinations SET wake_at = NULL").run();
    world.queue = [];
    const isolate = world.newIsolate();
    isolate.environment.DB = watchedDatabase(async ({ asked }) => {
      if (asked[0]?.sql.startsWith("update")) await sendEvent(world, tenant, PUSH);
    });
    const { id } = tenant.destinations[0]!;
    await world.request(changeOf(`/destinations/${id}`, { description: "changed" }), isolate);
    expect(await tally(world, tenant)).toEqual({ pending: 1 });
    world.answer = () => new Response("ok");
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("of a destination that is disabled at the same moment does not enable it again", async () => {
    const { id } = tenant.destinations[0]!;
    world.answer = () => new Response("", { status: 410 });
    const isolate = world.newIsolate();
    let met = false;
    isolate.environment.DB = watchedDatabase(async ({ asked }) => {
      if (met || !asked[0]?.sql.startsWith("update")) return;
      met = true;
      await sendEvent(world, tenant, PUSH);
    });
    await world.request(changeOf(`/destinations/${id}`, { description: "changed" }), isolate);
    expect(met).toBe(true);
    expect((await manage(world, "GET", `/destinations/${id}`)).json).toMatchObject({
      enabled: false,
      disabled_reason: "gone",
    });
  });

  it("of an account, two at the same moment: both count", async () => {
    const path = `/accounts/${tenant.accountId}`;
    const isolate = world.newIsolate();
    isolate.environment.DB = watchedDatabase(async ({ asked }) => {
      if (asked[0]?.sql.startsWith("update")) await manage(world, "PATCH", path, { account_name: "Renamed" });
    });
    await world.request(changeOf(path, { website: "https://new.example/" }), isolate);
    const { json } = await manage(world, "GET", path);
    expect(json).toMatchObject({ account_name: "Renamed", website: "https://new.example/" });
  });

  function changeOf(path: string, body: unknown): Request {
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" };
    return new Request(`https://gateway.test${path}`, { method: "PATCH", headers, body: JSON.stringify(body) });
  }
});

describe("two calls with the same idempotency key at the same moment", () => {
  it("to one isolate: one event, and both are told its id", async () => {
    await expectOneEvent(await Promise.all([sendEvent(world, tenant, PUSH, "k"), sendEvent(world, tenant, PUSH, "k")]));
  });

  it("to two isolates: one event, and both are told its id", async () => {
    const first = sendEvent(world, tenant, PUSH, "k");
    world.restart();
    await expectOneEvent(await Promise.all([first, sendEvent(world, tenant, PUSH, "k")]));
  });

  it("with different bodies: one is accepted, the other refused", async () => {
    const first = sendEvent(world, tenant, PUSH, "k");
    world.restart();
    const both = await Promise.all([first, sendEvent(world, tenant, githubPayload("issues"), "k")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(world.received.map(({ body }) => body)).toEqual(
      both.filter(({ status }) => status === 200).map(({ body }) => body),
    );
  });

  async function expectOneEvent(both: Awaited<ReturnType<typeof sendEvent>>[]): Promise<void> {
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both.map(({ duplicate }) => duplicate).sort()).toEqual([false, true]);
    expect(new Set(both.map(({ eventId }) => eventId)).size).toBe(1);
    expect(world.received).toHaveLength(1);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  }
});
