/** A destination that a person pauses: nothing is sent to it and nothing is lost, and once resumed it gets what waited. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
import { DAY_MS, HOUR_MS, type Isolate, MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

const OPS = "https://ops.example/alerts";
const SETTINGS = { ALERT_WEBHOOK_URL: OPS, ALERT_WEBHOOK_SECRET: "whsec_b3BlcmF0aW9uYWwtZXZlbnRzLXNlY3JldC0wMTIz" };

let world: World;
let tenant: Tenant;
let status: number;

beforeEach(() => open());
afterEach(() => world.close());

/** A world in which the first of a tenant's two destinations answers with `status`. */
async function open(settings: Record<string, unknown> = SETTINGS): Promise<void> {
  world = await World.open(settings);
  tenant = await newTenant(world, [{}, {}]);
  status = 200;
  world.answer = (at) => new Response("", { status: at === url() ? status : 200 });
}

const url = (n = 0) => tenant.destinations[n]!.url;
const path = () => `/destinations/${tenant.destinations[0]!.id}`;
const pause = () => insist(world, "PUT", `${path()}/pause`);
const resume = () => insist(world, "DELETE", `${path()}/pause`);
const bodies = () => world.at(url()).map(({ body }) => body);
const waiting = (count: number) => ({ pending: count });

async function sendSome(count: number, from = 0): Promise<string[]> {
  const sent = Array.from({ length: count }, (_, n) => `{"n":${from + n}}`);
  for (const body of sent) {
    expect((await sendEvent(world, tenant, body)).status).toBe(200);
    world.advance(1);
  }
  return sent;
}

/** Lets the destination have failed that often, since that long ago. */
async function failed(times: number, forMs: number): Promise<void> {
  await env.DB.prepare("UPDATE destinations SET consecutive_failures = ?, failing_since = ? WHERE destination_id = ?")
    .bind(times, Date.now() - forMs, tenant.destinations[0]!.id)
    .run();
}

describe("while it is paused", () => {
  it("what comes waits, nothing is sent on any road, and the account's others get theirs at once", async () => {
    await pause();
    const sent = await sendSome(5);
    expect(world.at(url(1))).toHaveLength(5);
    const { eventId } = await sendEvent(world, tenant, `{"n":5}`);
    await manage(world, "POST", `/events/${eventId}/redeliveries`);
    await world.pass(2 * HOUR_MS, 10 * MINUTE_MS);
    expect(bodies()).toEqual([]);
    expect(await tally(world, tenant, 0)).toEqual(waiting(6));
    expect(await deliveryTo(world, tenant)).toMatchObject({
      state: "pending",
      attempt_count: 0,
      next_attempt_at: null,
    });
    await resume();
    await world.consume();
    expect(bodies()).toEqual([...sent, `{"n":5}`]);
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 6 });
  });

  it("nothing is sent without a queue either, and what waited follows by the sweep", async () => {
    world.close();
    await open(NO_QUEUE);
    await pause();
    const sent = await sendSome(30);
    await world.pass(10 * MINUTE_MS);
    expect(bodies()).toEqual([]);
    await resume();
    await world.runToRest();
    expect(bodies().toSorted()).toEqual(sent.toSorted());
  });

  it("a retry that comes due waits, and keeps its schedule where the pause is short", async () => {
    status = 503;
    await sendSome(1);
    await pause();
    await resume();
    world.advance(2 * SECOND_MS);
    await world.minute();
    expect(bodies()).toHaveLength(1);
    await pause();
    await world.pass(HOUR_MS);
    expect(bodies()).toHaveLength(1);
    expect((await deliveryTo(world, tenant)).next_attempt_at).toBeNull();
    status = 200;
    const later = await sendSome(40, 1);
    await resume();
    await world.consume();
    expect(bodies()[1], "the oldest first, however often it was attempted").toBe('{"n":0}');
    expect(bodies().slice(2).toSorted()).toEqual(later.toSorted());
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 41 });
  });

  it.each([
    [200, { state: "delivered", attempt_count: 1 }],
    [503, { state: "pending", attempt_count: 1, next_attempt_at: null }],
    [400, { state: "pending", attempt_count: 1, next_attempt_at: null }],
  ])("an attempt in flight ends: its %i is recorded, and nothing follows it", async (answered, outcome) => {
    const gate = Promise.withResolvers<void>();
    world.answer = async (at) => {
      if (at === url()) await gate.promise;
      return new Response("", { status: at === url() ? answered : 200 });
    };
    const sent = sendEvent(world, tenant, "{}");
    while (world.at(url()).length === 0) await scheduler.wait(1);
    await pause();
    gate.resolve();
    await sent;
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    expect(await deliveryTo(world, tenant)).toMatchObject(outcome);
    expect(bodies()).toHaveLength(1);
    world.answer = () => new Response("");
    await resume();
    await world.consume();
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 1 });
  });

  it("what another isolate has leased, but not begun within a second, is not sent", async () => {
    const gate = Promise.withResolvers<void>();
    await pause();
    const sent = await sendSome(10);
    await resume();
    world.answer = async (at) => {
      if (at === url()) await gate.promise;
      return new Response("");
    };
    const draining = world.handOver(world.takeDue(), world.newIsolate());
    while (bodies().length < 3) await scheduler.wait(1);
    await pause();
    world.advance(SECOND_MS);
    gate.resolve();
    await draining;
    await world.pass(10 * MINUTE_MS);
    expect(bodies()).toEqual(sent.slice(0, 3));
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 3, pending: 7 });
    await resume();
    await world.consume();
    expect(bodies().toSorted()).toEqual(sent.toSorted());
  });

  it("a test that a person sends goes out, and says nothing of what waits", async () => {
    await pause();
    await sendSome(2);
    const tested = await manage<{ delivery: { state: string } }>(world, "POST", `${path()}/tests`);
    expect(tested.json.delivery.state).toBe("delivered");
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    expect(bodies()).toHaveLength(1);
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 1, pending: 2 });
  });

  it("it is not probed, not failing and no alarm; and once resumed one probe goes before all that waits", async () => {
    status = 503;
    await sendSome(5);
    expect(await destinationOf(world, tenant)).toMatchObject({ consecutive_failures: 5 });
    const before = bodies().length;
    await pause();
    await sendSome(20, 5);
    await world.pass(2 * HOUR_MS, 10 * MINUTE_MS);
    expect(bodies()).toHaveLength(before);
    const health = await manage<{ details: Record<string, number> }>(world, "GET", "/health");
    expect(health.json.details).toMatchObject({
      failing_destinations: 0,
      paused_destinations: 1,
      overdue_deliveries: 0,
    });
    await resume();
    await world.consume();
    expect(bodies()).toHaveLength(before + 1);
    status = 200;
    world.advance(10 * MINUTE_MS);
    await world.minute();
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 25 });
    await world.pass(5 * MINUTE_MS);
    const told = world.at(OPS).map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(told).toEqual(["destination.recovered"]);
  });

  it.each(["it", "its account"])(
    "time does not count as failing, where %s was stopped: one failure more does not stop it",
    async (which) => {
      const suspend = (suspended: boolean) => insist(world, "PATCH", `/accounts/${tenant.accountId}`, { suspended });
      const [stop, start] = which === "it" ? [pause, resume] : [() => suspend(true), () => suspend(false)];
      status = 503;
      await sendSome(1);
      await failed(12, 4 * DAY_MS);
      await stop();
      world.advance(3 * DAY_MS);
      await world.minute();
      await start();
      await world.minute();
      expect(bodies()).toHaveLength(2);
      expect(await destinationOf(world, tenant)).toMatchObject({ enabled: true, consecutive_failures: 13 });
    },
  );

  it("a 410 that was in flight discards its delivery, and no other", async () => {
    const gate = Promise.withResolvers<void>();
    world.answer = async (at) => {
      if (at === url()) await gate.promise;
      return new Response("", { status: at === url() ? 410 : 200 });
    };
    const sent = sendEvent(world, tenant, "{}");
    while (world.at(url()).length === 0) await scheduler.wait(1);
    await pause();
    await sendSome(2, 1);
    gate.resolve();
    await sent;
    await world.pass(10 * MINUTE_MS);
    expect(await tally(world, tenant, 0)).toEqual({ "discarded: gone": 1, pending: 2 });
    expect(await destinationOf(world, tenant)).toMatchObject({ disabled_reason: "paused_by_operator" });
  });

  it("retention removes what waits when its time is over, not before", async () => {
    world.close();
    await open({ RETENTION_DAYS: "7" });
    await pause();
    await sendSome(3);
    await world.pass(7 * DAY_MS - HOUR_MS, 6 * HOUR_MS);
    expect(await tally(world, tenant, 0)).toEqual(waiting(3));
    await world.pass(8 * HOUR_MS, HOUR_MS);
    expect(await world.rows("events")).toBe(0);
  });

  it("disabling it discards what waits", async () => {
    await pause();
    await sendSome(3);
    await insist(world, "DELETE", `${path()}/activation`);
    await world.minute();
    expect(await tally(world, tenant, 0)).toEqual({ "discarded: destination_disabled": 3 });
  });

  it("a recovery of it waits, and goes on afterwards", async () => {
    await insist(world, "DELETE", `${path()}/activation`);
    await sendSome(40);
    await insist(world, "PUT", `${path()}/activation`);
    await insist(world, "POST", `${path()}/recoveries`, { from: "2020-01-01T00:00:00Z" });
    await world.handOver(world.takeDue());
    await pause();
    const before = bodies().length;
    expect(before).toBeLessThan(40);
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    expect(bodies()).toHaveLength(before);
    expect((await manage(world, "POST", `${path()}/recoveries`, { from: "2020-01-01T00:00:00Z" })).status).toBe(409);
    await resume();
    await world.runToRest();
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 40 });
  });

  it("with its account suspended as well, both have to end", async () => {
    await pause();
    await sendSome(2);
    await manage(world, "PATCH", `/accounts/${tenant.accountId}`, { suspended: true });
    expect((await manage(world, "DELETE", `${path()}/pause`)).status).toBe(409);
    await manage(world, "PATCH", `/accounts/${tenant.accountId}`, { suspended: false });
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    expect(bodies()).toEqual([]);
    await resume();
    await world.consume();
    expect(bodies()).toHaveLength(2);
  });
});

describe("a Worker that is killed", () => {
  it.each(["pausing", "resuming"] as const)(
    "at any point of %s loses nothing and sends nothing twice",
    async (what) => {
      for (let seam = 0; ; seam++) {
        world.close();
        await open();
        await pause();
        const sent = await sendSome(3);
        if (what === "pausing") await resume();
        const method = what === "pausing" ? "PUT" : "DELETE";
        world.seams.length = 0;
        world.fault = (_seam, index) => (index === seam ? "kill" : "none");
        await manage(world, method, `${path()}/pause`).catch(() => undefined);
        world.fault = () => "none";
        const wasReached = world.seams.length > seam;
        if (what === "pausing") await pause();
        await world.pass(5 * MINUTE_MS);
        await resume();
        await world.runToRest();
        expect(bodies().toSorted(), `killed at ${seam}`).toEqual(sent);
        expect(await tally(world, tenant, 0)).toEqual({ delivered: 3 });
        if (!wasReached) break;
      }
    },
    60_000,
  );

  it("while it drains leaves the rest to the next one, the lease of what it had included", async () => {
    await pause();
    const sent = await sendSome(60);
    await resume();
    let asked = 0;
    world.fault = ({ name, side }) => (name === "fetch" && side === "after" && ++asked === 10 ? "kill" : "none");
    await world.handOver(world.takeDue());
    world.fault = () => "none";
    await world.runToRest();
    expect(new Set(bodies())).toEqual(new Set(sent));
    expect(await tally(world, tenant, 0)).toEqual({ delivered: 60 });
  }, 30_000);

  it("with what it had in flight as it was paused leaves that waiting", async () => {
    world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
    await sendEvent(world, tenant, "{}");
    world.fault = () => "none";
    await pause();
    await world.pass(10 * MINUTE_MS);
    expect(bodies()).toEqual([]);
    expect(await tally(world, tenant, 0)).toEqual(waiting(1));
    await resume();
    await world.runToRest();
    expect(bodies()).toHaveLength(1);
  });
});

describe("two isolates", () => {
  it("that pause and resume at the same moment leave it as one of them, and everything arrives", async () => {
    await pause();
    const sent = await sendSome(10);
    const at = (method: string, isolate: Isolate) =>
      world.request(
        new Request(`${world.url}${path()}/pause`, {
          method,
          headers: { authorization: `Bearer ${world.operatorKey}` },
        }),
        isolate,
      );
    const answers = await Promise.all(
      ["DELETE", "PUT", "DELETE", "PUT"].map((method) => at(method, world.newIsolate())),
    );
    for (const answer of answers) expect([200, 409]).toContain(answer === "killed" ? answer : answer.status);
    await resume();
    await world.runToRest();
    expect(bodies().toSorted()).toEqual(sent.toSorted());
  });

  it("that are woken for the same drain send each once", async () => {
    await pause();
    const sent = await sendSome(25);
    world.copies = () => 4;
    await resume();
    const due = world.takeDue();
    expect(due.length).toBeGreaterThan(3);
    await Promise.all(due.map((one) => world.handOver([one], world.newIsolate())));
    await world.runToRest();
    expect(bodies().toSorted()).toEqual(sent.toSorted());
  });
});

describe("a thousand that waited", () => {
  it("arrive in chunks, the oldest first, while a neighbour's are not delayed and new ones go at once", async () => {
    const neighbour = await newTenant(world);
    await pause();
    const sent = await sendSome(1_000);
    world.received.length = 0;
    world.answer = async (at) => {
      if (at === url()) await scheduler.wait(1);
      return new Response("");
    };
    await resume();
    for (let due = world.takeDue(), turn = 0; due.length > 0; due = world.takeDue(), turn++) {
      const before = bodies().length;
      await world.handOver(due);
      expect(bodies().length - before).toBeLessThanOrEqual(25);
      if (turn % 10 !== 0) continue;
      await sendEvent(world, neighbour, "{}");
      expect(await tally(world, neighbour)).toEqual({ delivered: turn / 10 + 1 });
    }
    expect(bodies().toSorted(), "each once").toEqual(sent.toSorted());
    const places = bodies().map((body) => Number(JSON.parse(body).n));
    expect(Math.max(...places.map((n, place) => Math.abs(n - place))), "out of their order by a few").toBeLessThan(6);
    expect(world.mostAtOnce.get(url())).toBeLessThanOrEqual(3);
    const [newest] = await sendSome(1, 1_000);
    expect(bodies().at(-1)).toBe(newest);
    expect(await deliveriesOf(world, tenant, "state=pending")).toEqual([]);
  }, 120_000);
});
