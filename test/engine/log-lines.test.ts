/** One line of the log for a unit of work, written once, at the level that is set. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unsendable } from "../../src/attempts/attempt";
import { AttemptLog } from "../../src/deliveries/attempt-log";
import { CLAIM } from "../../src/deliveries/deadlines";
import type { LeasedDelivery } from "../../src/deliveries/leased-delivery";
import { deliveriesOf, eventRequest, manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { NO_QUEUE, World } from "./world";

/** What Cloudflare keeps of an invocation. */
const KEPT_BYTES = 256_000;
const OK_THEN_FAILS = [{}, {}];

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world, OK_THEN_FAILS);
  world.answer = (url) => new Response(null, { status: url === tenant.destinations[0]?.url ? 204 : 500 });
  world.logged.length = 0;
});
afterEach(() => world.close());

async function ids(): Promise<{ works: string; fails: string }> {
  const all = await deliveriesOf(world, tenant);
  const of = (n: number) =>
    all.find(({ destination_id }) => destination_id === tenant.destinations[n]?.id)?.delivery_id ?? "";
  return { works: of(0), fails: of(1) };
}

const named = (name: string) => world.logged.filter(({ event }) => event === name);

describe("one line says", () => {
  it("of an event what its deliveries came to, once they have ended", async () => {
    const { done } = world.begin(eventRequest(tenant, "[1]"));
    await done;
    const { works, fails } = await ids();
    expect(world.logged).toEqual([
      {
        event: "event.accepted",
        request_id: expect.stringMatching(/^req_/),
        size_bytes: 3,
        event_id: expect.stringMatching(/^evt_/),
        deliveries: 2,
        attempts: expect.arrayContaining([
          {
            delivery_id: works,
            destination_id: tenant.destinations[0]?.id,
            number: 1,
            outcome: "success",
            status_code: 204,
            duration_ms: 0,
          },
          expect.objectContaining({ delivery_id: fails, number: 1, outcome: "http_error", status_code: 500 }),
        ]),
      },
    ]);
  });

  it("of an event that is not taken in why", async () => {
    await sendEvent(world, tenant, "[1]", "key");
    await sendEvent(world, tenant, "[2]", "key");
    expect(named("event.answered")).toMatchObject([{ kind: "conflict", event_id: expect.stringMatching(/^evt_/) }]);
  });

  it("of a batch what its retries came to", async () => {
    await sendEvent(world, tenant, "[1]");
    world.logged.length = 0;
    world.advance(CLAIM.leaseMs);
    await world.consume();
    const { fails } = await ids();
    expect(world.logged).toMatchObject([
      { event: "batch.finished", messages: 1, attempts: [{ delivery_id: fails, number: 2, outcome: "http_error" }] },
    ]);
  });

  it("of a sweep that delivers by itself what came of it", async () => {
    world.configure(NO_QUEUE);
    await sendEvent(world, tenant, "[1]");
    world.logged.length = 0;
    world.advance(CLAIM.leaseMs);
    await world.cron();
    const { fails } = await ids();
    expect(world.logged).toMatchObject([
      { event: "sweep.finished", deliveries: 1, sent: false, attempts: [{ delivery_id: fails, number: 2 }] },
    ]);
  });

  it("of a redelivery and a test what was attempted", async () => {
    const { eventId } = await sendEvent(world, tenant, "[1]");
    const { works } = await ids();
    world.logged.length = 0;
    await manage(world, "POST", `/deliveries/${works}/redeliveries`);
    await manage(world, "POST", `/destinations/${tenant.destinations[0]?.id}/tests`);
    expect(world.logged).toMatchObject([
      { event: "event.redelivered", event_id: eventId, attempts: [{ delivery_id: works, number: 2 }] },
      { event: "destination.tested", attempts: [{ outcome: "success" }] },
    ]);
  });

  it("no more than Cloudflare keeps, and how much more there was", () => {
    const attempts = new AttemptLog();
    const leased = {
      eventId: `evt_${"0".repeat(28)}`,
      destination: 1,
      target: { destinationId: `dst_${"0".repeat(28)}` },
    };
    const many = { ...leased, attemptCount: 1_000_000 } as unknown as LeasedDelivery;
    const made = { ...unsendable(null, 0), outcome: "http_error" as const, statusCode: 500, durationMs: 30_000 };
    for (let i = 0; i < 2_000; i++) attempts.add(many, made);
    expect(attempts.fields.attempts_left_out).toBe(1_500);
    expect(2 * JSON.stringify(attempts.fields).length).toBeLessThan(KEPT_BYTES);
  });
});

describe("the level", () => {
  async function eventAt(level: string): Promise<string[]> {
    world.configure({ LOG_LEVEL: level, QUEUE: { send: refuse, sendBatch: refuse } });
    await sendEvent(world, tenant, "[1]");
    return world.logged.map(({ event }) => event);
  }
  const refuse = () => Promise.reject(new Error("the queue is away"));

  it("debug has each attempt as it ends, too", async () => {
    expect(await eventAt("debug")).toEqual([
      "delivery.attempted",
      "delivery.attempted",
      "wake_up.not_sent",
      "event.accepted",
    ]);
  });

  it("info has a line an event", async () => {
    expect(await eventAt("info")).toEqual(["wake_up.not_sent", "event.accepted"]);
  });

  it.each(["warn", "error"])("%s has the faults alone", async (level) => {
    expect(await eventAt(level)).toEqual(["wake_up.not_sent"]);
  });

  it("has no other names", async () => {
    world.configure({ LOG_LEVEL: "loud" });
    expect(await sendEvent(world, tenant, "[1]")).toMatchObject({ status: 503 });
    expect(JSON.stringify(named("worker.misconfigured"))).toContain("LOG_LEVEL");
  });
});
