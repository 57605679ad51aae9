/** What the Worker stands on fails: the database, the queue, the clock. */
import { describe, expect, it } from "vitest";
import { githubPayload } from "../support/github";
import { openForTests, reopen, tenant, world } from "./opened";
import { deliveryTo, destinationOf, manage, sendEvent, tally } from "./tenant";
import { type Fault, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS, type Seam } from "./world";

openForTests();

const PUSH = githubPayload("push");

function bodiesAt(n = 0): string[] {
  return world.at(tenant.destinations[n]!.url).map(({ body }) => body);
}

/** The n-th call of that name fails, before or after it was carried out. */
function failing(name: string, side: Seam["side"], n = 1, times = 1): (seam: Seam) => Fault {
  let met = 0;
  return (seam) => {
    if (seam.name !== name || seam.side !== side) return "none";
    met++;
    return met >= n && met < n + times ? "throw" : "none";
  };
}

const databaseDown = (seam: Seam): Fault => (seam.name.startsWith("db") && seam.side === "before" ? "throw" : "none");
const allDown = (seam: Seam): Fault => (seam.side === "before" ? "throw" : "none");

describe("the database fails while an event is accepted", () => {
  it.each<[string, Seam["side"]]>([
    ["before the commit", "before"],
    ["after it, so that only the answer is lost", "after"],
  ])("%s: the queue takes it, and it is one event", async (_when, side) => {
    world.fault = failing("db.batch", side);
    expect((await sendEvent(world, tenant, PUSH)).status).toBe(202);
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH]);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("for an hour: every event is answered 202, stored once and delivered once", async () => {
    world.fault = databaseDown;
    const sent: string[] = [];
    for (let minute = 0; minute < 60; minute += 5) {
      const body = `{"minute":${minute}}`;
      expect((await sendEvent(world, tenant, body, `key-${minute}`)).status).toBe(202);
      sent.push(body);
      await world.minute();
      world.advance(5 * MINUTE_MS);
    }
    expect(bodiesAt()).toEqual([]);
    world.fault = () => "none";
    await world.runToRest(HOUR_MS);
    expect(bodiesAt().sort()).toEqual(sent.sort());
    expect(await tally(world, tenant)).toEqual({ delivered: sent.length });
  });

  it("and the queue, too: 503, and nothing arrives", async () => {
    world.fault = allDown;
    expect((await sendEvent(world, tenant, PUSH)).status).toBe(503);
    world.fault = () => "none";
    await world.pass(5 * MINUTE_MS);
    expect(bodiesAt()).toEqual([]);
    expect(await tally(world, tenant)).toEqual({});
  });

  it("and an idempotency key of an event that was refused is not used up", async () => {
    world.fault = allDown;
    expect((await sendEvent(world, tenant, PUSH, "order-1")).status).toBe(503);
    world.fault = () => "none";
    expect(await sendEvent(world, tenant, PUSH, "order-1")).toMatchObject({ status: 200, duplicate: false });
    expect(await sendEvent(world, tenant, PUSH, "order-1")).toMatchObject({ status: 200, duplicate: true });
    expect(bodiesAt()).toEqual([PUSH]);
  });
});

describe("the database fails later", () => {
  it.each<[string, Seam["side"]]>([
    ["before", "before"],
    ["after", "after"],
  ])("%s a record is written: it is written again, and the attempt counts once", async (_when, side) => {
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    world.fault = failing("db.batch", side, 2);
    await sendEvent(world, tenant, PUSH);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "pending", attempt_count: 1 });
    await world.runToRest();
    const { state, attempts } = await deliveryTo(world, tenant);
    expect(state).toBe("delivered");
    expect(attempts.map(({ number, status_code }) => [number, status_code])).toEqual([
      [1, 500],
      [2, 200],
    ]);
  });

  it("so that a record is written twice: statistics count the attempt once", async () => {
    world.fault = failing("db.batch", "after", 2);
    await sendEvent(world, tenant, PUSH);
    await world.pass(5 * MINUTE_MS);
    const { json } = await manage<{ totals: object }>(world, "GET", `/stats?range=1h&account_id=${tenant.accountId}`);
    expect(json.totals).toMatchObject({ events: 1, delivered: 1, failed: 0 });
    expect(bodiesAt()).toEqual([PUSH]);
  });

  it.each<[string, Seam["side"]]>([
    ["before", "before"],
    ["after", "after"],
  ])("%s failures are written: they count once for the destination", async (_when, side) => {
    world.answer = () => new Response("", { status: 500 });
    for (let n = 0; n < 3; n++) {
      world.fault = failing("db.batch", side, 2);
      await sendEvent(world, tenant, PUSH);
    }
    expect(await destinationOf(world, tenant)).toMatchObject({ consecutive_failures: 3 });
  });

  it("longer than a record is tried: the lease runs out, and it is sent again under the same id", async () => {
    world.fault = failing("db.batch", "before", 2, 5);
    await sendEvent(world, tenant, PUSH);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "pending", attempt_count: 0 });
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
    expect(new Set(world.received.map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1 });
  }, 15_000);

  it.each<[string, Seam["side"]]>([
    ["before", "before"],
    ["after", "after"],
  ])("%s a claim is made: the message comes again, and no attempt is charged", async (_when, side) => {
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await sendEvent(world, tenant, PUSH);
    world.advance(10 * SECOND_MS);
    world.fault = failing("db.batch", side);
    await world.consume();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "pending", attempt_count: 1 });
    await world.runToRest();
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 2 });
    expect(bodiesAt()).toHaveLength(2);
  });
});

describe("the queue fails", () => {
  const failsFirst = (_url: string, count: number) => new Response("", { status: count === 1 ? 500 : 200 });

  it("to take a wake-up: the sweep delivers", async () => {
    world.answer = failsFirst;
    world.fault = (seam) => (seam.name === "queue.sendBatch" && world.received.length === 1 ? "throw" : "none");
    await sendEvent(world, tenant, PUSH);
    expect(world.queue).toEqual([]);
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
  });

  it.each([
    ["twice", 2],
    ["five times", 5],
  ])("in that every message comes %s: one attempt each time it is due", async (_how, copies) => {
    world.copies = () => copies;
    world.answer = failsFirst;
    await sendEvent(world, tenant, PUSH);
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 2 });
  });

  it("in that every message of three minutes is lost: the sweep sends it on its way again", async () => {
    world.copies = () => 0;
    world.answer = failsFirst;
    await sendEvent(world, tenant, PUSH);
    await world.pass(3 * MINUTE_MS);
    expect(bodiesAt()).toEqual([PUSH]);
    world.copies = () => 1;
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
  });

  it("in that it takes every message and hands none over: the sweep delivers by itself", async () => {
    world.copies = () => 0;
    world.answer = failsFirst;
    await sendEvent(world, tenant, PUSH);
    await world.pass(10 * MINUTE_MS);
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
    expect(await world.pending()).toBe(0);
  });

  it("in that events which it took come twice and out of order: each is stored and sent once", async () => {
    world.copies = () => 2;
    const sent = ["push", "issues", "release", "star"].map(githubPayload);
    world.fault = databaseDown;
    for (const body of sent) expect((await sendEvent(world, tenant, body)).status).toBe(202);
    world.fault = () => "none";
    await world.consume((due) => due.toReversed().slice(0, 3));
    await world.runToRest();
    expect(bodiesAt().sort()).toEqual(sent.sort());
  });

  it("by not being there: the sweep alone delivers", async () => {
    world.close();
    await reopen(NO_QUEUE);
    world.answer = failsFirst;
    await sendEvent(world, tenant, PUSH);
    await world.runToRest();
    expect(bodiesAt()).toEqual([PUSH, PUSH]);
  });
});

describe("the clock jumps", () => {
  it.each([
    ["forward", 7 * HOUR_MS],
    ["backward", -7 * HOUR_MS],
  ])("hours %s: what was accepted arrives, what has arrived is not sent again", async (_way, jumpMs) => {
    world.answer = (_url, count) => new Response("", { status: count === 2 ? 500 : 200 });
    await sendEvent(world, tenant, PUSH);
    await sendEvent(world, tenant, githubPayload("issues"));
    expect(await world.pending()).toBe(1);
    world.advance(jumpMs);
    await sendEvent(world, tenant, githubPayload("star"));
    await world.runToRest(10 * HOUR_MS, HOUR_MS);
    expect(await tally(world, tenant)).toEqual({ delivered: 3 });
    expect(bodiesAt()).toHaveLength(4);
  });

  describe("ahead for a moment, by years", () => {
    const YEARS_MS = 5 * 365 * 24 * HOUR_MS;
    /** Lets something happen under that clock, which is right again afterwards. */
    async function ahead(what: () => Promise<unknown>): Promise<void> {
      world.advance(YEARS_MS);
      await what();
      world.advance(-YEARS_MS);
      world.queue = [];
    }

    it.each([
      ["with a queue", {}],
      ["without one", NO_QUEUE],
    ])("while an attempt fails: its retry is due soon, %s", async (_how, settings) => {
      await reopen(settings);
      world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
      await ahead(() => sendEvent(world, tenant, PUSH));
      expect(await tally(world, tenant)).toEqual({ pending: 1 });
      await world.pass(3 * MINUTE_MS);
      expect(await tally(world, tenant)).toEqual({ delivered: 1 });
    });

    it("while a delivery is leased: its lease runs out on the right clock", async () => {
      world.fault = (seam) => (seam.name === "fetch" ? "kill" : "none");
      await ahead(() => sendEvent(world, tenant, PUSH));
      world.fault = () => "none";
      await world.pass(3 * MINUTE_MS);
      expect(await tally(world, tenant)).toEqual({ delivered: 1 });
    });

    it("while a destination fails: what is held is probed and goes out", async () => {
      let works = false;
      world.answer = () => new Response("", { status: works ? 200 : 500 });
      await ahead(async () => {
        for (let n = 0; n < 8; n++) await sendEvent(world, tenant, `{"ahead":${n}}`);
        await world.pass(10 * MINUTE_MS);
      });
      works = true;
      await world.pass(10 * MINUTE_MS);
      expect(await tally(world, tenant)).toEqual({ delivered: 8 });
    });

    it("leaves alone what waits as long as it may", async () => {
      await manage(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, { retry_schedule: [86_400] });
      world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
      await sendEvent(world, tenant, PUSH);
      await world.pass(18 * HOUR_MS, HOUR_MS);
      expect(await tally(world, tenant)).toEqual({ pending: 1 });
    });
  });

  it("backward while a delivery is leased: it is sent when its lease runs out on the new clock", async () => {
    world.fault = (seam) => (seam.name === "fetch" ? "kill" : "none");
    await sendEvent(world, tenant, PUSH);
    world.fault = () => "none";
    world.advance(-2 * HOUR_MS);
    await world.runToRest(3 * HOUR_MS, 10 * MINUTE_MS);
    expect(bodiesAt()).toEqual([PUSH]);
  });
});

describe("one part of the cron fails", () => {
  it("and the sweep behind it delivers all the same", async () => {
    await reopen(NO_QUEUE);
    world.answer = (_url, count) => new Response("", { status: count === 1 ? 500 : 200 });
    await sendEvent(world, tenant, PUSH);
    world.advance(MINUTE_MS);
    let calls = 0;
    // The first that the cron asks of the database is for statistics.
    world.fault = ({ side }) => (side === "before" && ++calls === 1 ? "throw" : "none");
    await world.cron();
    expect(calls).toBeGreaterThan(1);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });
});

describe("a token that has ended", () => {
  it("stores nothing and sends nothing", async () => {
    await manage(world, "POST", `/accounts/${tenant.accountId}/tokens`, { overlap_seconds: 0 });
    world.advance(1);
    expect((await sendEvent(world, tenant, PUSH)).status).toBe(401);
    await world.pass(5 * MINUTE_MS);
    expect(bodiesAt()).toEqual([]);
    expect(await world.rows("events")).toBe(0);
  });
});
