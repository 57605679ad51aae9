/**
 * Statements of one transaction that must not change places. Each case is named for the file and the two statements,
 * and shows what a user would notice if they were swapped.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RAISE_AFTER_MS } from "../../src/deliveries/deadlines";
import { deliveriesOf, deliveryTo, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { MINUTE_MS, SECOND_MS, World } from "./world";

const OPS = "https://ops.example/alerts";
const SETTINGS = { ALERT_WEBHOOK_URL: OPS, ALERT_WEBHOOK_SECRET: "whsec_b3BlcmF0aW9uYWwtZXZlbnRzLXNlY3JldC0wMTIz" };
const PROBE_AFTER_FAILURES = 5;

let world: World;
let tenant: Tenant;
let status: number;
beforeEach(async () => {
  world = await World.open(SETTINGS);
  tenant = await newTenant(world);
  status = 200;
  world.answer = (url) => new Response("", { status: url === OPS ? 200 : status });
});
afterEach(() => world.close());

const destinationId = () => tenant.destinations[0]!.id;
const arrived = () => world.at(tenant.destinations[0]!.url).length;
/** Lets the time pass that alerts wait for others of their kind. */
async function raised(): Promise<void> {
  world.advance(RAISE_AFTER_MS);
  await world.minute();
}
const alerts = () => world.at(OPS).map(({ body }) => (JSON.parse(body) as { type: string }).type);

/** Lets the destination have failed that often, since that long ago, with no drain ahead. */
async function failed(times: number, forMs = MINUTE_MS): Promise<void> {
  await env.DB.prepare("UPDATE destinations SET consecutive_failures = ?, failing_since = ?, wake_at = NULL")
    .bind(times, times === 0 ? null : Date.now() - forMs)
    .run();
}

async function drainAhead(): Promise<number | null> {
  const asked = env.DB.prepare("SELECT wake_at FROM destinations WHERE destination_id = ?").bind(destinationId());
  return asked.first<number>("wake_at");
}

/** What the statistics of this minute count. */
async function counted(column: string): Promise<number> {
  const key = env.DB.prepare("SELECT key FROM destinations WHERE destination_id = ?").bind(destinationId());
  const asked = env.DB.prepare(`SELECT sum(${column}) AS n FROM stats WHERE period = 'minute' AND subject = ?`);
  return (await asked.bind(await key.first<number>("key")).first<number>("n")) ?? 0;
}

/** Hands over the messages that are due, one batch, and no sweep. */
async function oneBatch(): Promise<void> {
  await world.handOver(world.takeDue());
}

/** A delivery that failed once and is due again. */
async function dueAgain(): Promise<void> {
  status = 503;
  await sendEvent(world, tenant, "{}");
  world.advance(10 * SECOND_MS);
}

/** Deliveries that are held behind an open circuit. */
async function held(count: number): Promise<void> {
  await failed(PROBE_AFTER_FAILURES);
  for (let n = 0; n < count; n++) await sendEvent(world, tenant, `{"n":${n}}`);
  expect(arrived()).toBe(0);
}

/** Deliveries that ended without arriving, and a recovery of them. */
async function recovering(count: number): Promise<string> {
  await held(count);
  await env.DB.prepare(
    "UPDATE deliveries SET state = 'exhausted', reason = 'attempts_exhausted', not_before = NULL",
  ).run();
  await failed(0);
  world.queue = [];
  const range = { from: new Date(Date.now() - MINUTE_MS).toISOString(), to: new Date(Date.now() + 1).toISOString() };
  const begun = await manage<{ recovery_id: string }>(
    world,
    "POST",
    `/destinations/${destinationId()}/recoveries`,
    range,
  );
  expect(begun.status).toBe(202);
  return begun.json.recovery_id;
}

describe("record.ts", () => {
  it("ofCircuits, circuits: the operator is told of the change", async () => {
    status = 410;
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(alerts()).toEqual(["destination.disabled"]);
  });

  it("circuits, transitions: the failure that opens the circuit holds its own delivery", async () => {
    await failed(PROBE_AFTER_FAILURES - 1);
    await dueAgain();
    const due = env.DB.prepare("SELECT next_attempt_at FROM deliveries");
    expect(await due.first("next_attempt_at")).toBeNull();
  });

  it("circuits, counted: what a 410 beside it discards is counted", async () => {
    await dueAgain();
    await dueAgain();
    const answers = [410, 503];
    world.answer = (url) => new Response("", { status: url === OPS ? 200 : (answers.shift() ?? 503) });
    await oneBatch();
    expect(await tally(world, tenant)).toEqual({ "discarded: gone": 1, "discarded: destination_disabled": 1 });
    expect(await counted("discarded")).toBe(2);
  });

  it("counted, attempts: an attempt after the first is counted", async () => {
    await dueAgain();
    status = 200;
    await oneBatch();
    expect(await counted("delivered")).toBe(1);
  });

  it("attempts, transitions: a delivery has as many attempts as were made", async () => {
    await dueAgain();
    await oneBatch();
    expect(await deliveryTo(world, tenant)).toMatchObject({
      attempt_count: 2,
      attempts: [{ number: 1 }, { number: 2 }],
    });
  });

  it("arrived, flights: what has arrived is on its way no more", async () => {
    await sendEvent(world, tenant, "{}");
    expect(await world.rows("flights")).toBe(0);
  });
});

describe("claim.ts", () => {
  it("claimed, drainsBegun: a due delivery that is held then still arrives", async () => {
    await dueAgain();
    await failed(PROBE_AFTER_FAILURES);
    await oneBatch();
    expect(arrived()).toBe(1);
    status = 200;
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it.each(["stepped, recovered", "recovered, drained", "stepped, drained"])(
    "%s: what a recovery takes up is sent by the same claim",
    async () => {
      const recoveryId = await recovering(3);
      await oneBatch();
      expect(arrived()).toBe(3);
      const { json } = await manage(world, "GET", `/recoveries/${recoveryId}`);
      expect(json).toMatchObject({ state: "running", redelivered: 3 });
    },
  );

  it("stepped, nextDrains: a recovery goes on although nothing is held", async () => {
    await recovering(3);
    await oneBatch();
    expect(arrived()).toBe(3);
  });

  it("drained, nextDrains: while a probe is on its way there is no other", async () => {
    await held(3);
    status = 503;
    const gate = Promise.withResolvers<Response>();
    world.answer = () => gate.promise;
    const probe = () => world.handOver([{ body: { destination: key }, dueAt: 0, attempts: 1, id: "m" }], isolate());
    const isolate = () => world.newIsolate();
    const key = await env.DB.prepare("SELECT key FROM destinations").first<number>("key");
    const first = probe();
    while (arrived() === 0) await scheduler.wait(1);
    await probe();
    expect(arrived()).toBe(1);
    gate.resolve(new Response("", { status: 503 }));
    await first;
  });

  it("discarded, nextDrains: nothing lies ahead of a destination whose last held delivery was discarded", async () => {
    await held(2);
    await manage(world, "DELETE", `/destinations/${destinationId()}/activation`);
    world.advance(SECOND_MS);
    world.put({ destination: await env.DB.prepare("SELECT key FROM destinations").first<number>("key") });
    await oneBatch();
    expect(await tally(world, tenant)).toEqual({ "discarded: destination_disabled": 2 });
    expect(await drainAhead()).toBeNull();
  });

  it.each(["claimed", "drained"])("%s, leased: what was claimed is attempted by whoever claimed it", async (by) => {
    if (by === "claimed") await dueAgain();
    else await held(1);
    status = 200;
    const before = arrived();
    world.put({ destination: await env.DB.prepare("SELECT key FROM destinations").first<number>("key") });
    await oneBatch();
    expect(arrived() - before).toBe(1);
  });
});

describe("accept.ts", () => {
  it.each(["events, flights", "store, outcomes", "store, targets"])(
    "%s: an event arrives at once, and its answer says for how many destinations it is",
    async () => {
      expect(await sendEvent(world, tenant, "{}")).toMatchObject({ status: 200 });
      expect(arrived()).toBe(1);
    },
  );

  it("deliveries, drainsBegun: the first event that is held gets a probe", async () => {
    await held(1);
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });
});

describe("accept-queued.ts", () => {
  beforeEach(async () => {
    world.close();
    world = await World.open({ ...SETTINGS, ACCEPT: "queue" });
    tenant = await newTenant(world);
  });

  it("store, outcomes: an event with a key that is new is no dead letter", async () => {
    expect((await sendEvent(world, tenant, "{}", "order-17")).status).toBe(202);
    await oneBatch();
    expect((await manage<{ data: unknown[] }>(world, "GET", "/dead-letters")).json.data).toEqual([]);
  });

  it("store, claim: an event is attempted by the consumer that stores it", async () => {
    expect((await sendEvent(world, tenant, "{}")).status).toBe(202);
    await oneBatch();
    expect(arrived()).toBe(1);
  });
});

describe("send-test.ts and events.ts", () => {
  it.each(["test, held", "event, delivery"])("%s: a test event is sent while one waits", async () => {
    const { status, json } = await manage(world, "POST", `/destinations/${destinationId()}/tests`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ delivery: { state: "delivered" } });
  });
});

describe("raise-alerts.ts and alerts.ts", () => {
  it.each(["account, destination", "operations, told", "marked, told", "told, deliveries"])(
    "%s: the first alert of all arrives",
    async () => {
      status = 410;
      await sendEvent(world, tenant, "{}");
      await raised();
      expect(alerts()).toEqual(["destination.disabled"]);
    },
  );

  it("replaced, destination: an alert arrives at a webhook that was set since the last one", async () => {
    status = 410;
    await sendEvent(world, tenant, "{}");
    await raised();
    const moved = { ALERT_WEBHOOK_URL: "https://ops.example/moved" };
    world.configure(moved);
    const other = await newTenant(world);
    await sendEvent(world, other, "{}");
    await raised();
    expect(world.at(moved.ALERT_WEBHOOK_URL)).toHaveLength(1);
  });

  it("deliveries, drainsBegun: an alert that is held gets a probe", async () => {
    status = 410;
    await sendEvent(world, tenant, "{}");
    await raised();
    await failed(PROBE_AFTER_FAILURES);
    const other = await newTenant(world);
    await sendEvent(world, other, "{}");
    world.queue = [];
    await world.pass(3 * MINUTE_MS);
    expect(alerts()).toEqual(["destination.disabled", "destination.disabled"]);
  });
});

describe("recover.ts", () => {
  it("inserted, drainBegun: a recovery begins although its message is lost", async () => {
    await recovering(2);
    world.queue = [];
    await world.runToRest();
    expect(arrived()).toBe(2);
  });

  it("inserted, recoveries: who begins a recovery sees it", async () => {
    await recovering(2);
  });

  it("cancelled, recoveries: who cancels a recovery sees it cancelled", async () => {
    const recoveryId = await recovering(2);
    expect((await manage(world, "DELETE", `/recoveries/${recoveryId}`)).json).toMatchObject({ state: "cancelled" });
  });
});

describe("redeliver.ts", () => {
  it.each(["restarted, leased", "restarted, deliveries"])("%s: it is sent at once, and shown as pending", async () => {
    await sendEvent(world, tenant, "{}");
    const [delivery] = await deliveriesOf(world, tenant);
    const again = await manage(world, "POST", `/deliveries/${delivery?.delivery_id}/redeliveries`);
    expect(again.json).toMatchObject({ state: "pending" });
    expect(arrived()).toBe(2);
  });
});

describe("accounts", () => {
  it("create-account.ts: inserted, token: the first token lets its account in", async () => {
    expect((await sendEvent(world, tenant, "{}")).status).toBe(200);
  });

  it("rotate-token.ts: ended, inserted: the old token ends, the new one does not", async () => {
    const path = `/accounts/${tenant.accountId}/tokens`;
    const rotated = await manage<{ app_secret_token: string }>(world, "POST", path, { overlap_seconds: 0 });
    expect((await sendEvent(world, tenant, "{}")).status).toBe(401);
    expect((await sendEvent(world, { ...tenant, token: rotated.json.app_secret_token }, "{}")).status).toBe(200);
  });

  it.each(["tokens", "portalLinks", "alerts", "destinations"])(
    "accounts.ts: %s, removed: they go with their account",
    async (of) => {
      const table = of === "portalLinks" ? "portal_links" : of;
      await manage(world, "POST", `/accounts/${tenant.accountId}/portal-links`, {});
      status = 410;
      await sendEvent(world, tenant, "{}");
      const rows = () =>
        env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE account = (SELECT max(id) FROM accounts)`);
      expect(await rows().first<number>("n")).toBe(1);
      await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
      expect(await rows().first<number>("n")).toBe(0);
    },
  );
});
