/** A person asks for everything that did not arrive at a destination. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GITHUB_PAYLOADS } from "../support/github";
import { manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { HOUR_MS, MINUTE_MS, World } from "./world";

const EXHAUSTED = "exhausted: attempts_exhausted";

let world: World;
let tenant: Tenant;
let works: boolean;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world, [{ retry_schedule: [] }]);
  works = false;
  world.answer = () => new Response("", { status: works ? 200 : 500 });
});
afterEach(() => world.close());

type Recovery = { recovery_id: string; state: string; total: number; redelivered: number; from: string };

async function begin(from = Date.now() - HOUR_MS, to = Date.now()) {
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return manage<Recovery>(world, "POST", `/destinations/${tenant.destinations[0]!.id}/recoveries`, range);
}

async function read({ recovery_id }: Recovery): Promise<Recovery> {
  return (await manage<Recovery>(world, "GET", `/recoveries/${recovery_id}`)).json;
}

/** That many events that did not arrive: GitHub's, one after the other, each with a number. */
async function missed(count: number, label = ""): Promise<string[]> {
  const sent: string[] = [];
  for (let n = 0; n < count; n++) {
    const [name, json] = GITHUB_PAYLOADS[n % GITHUB_PAYLOADS.length]!;
    const body = JSON.stringify({ label, n, name, size: json.length });
    await sendEvent(world, tenant, body);
    sent.push(body);
    // so that the destination does not count as failing
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    await manage(world, "PUT", `/destinations/${tenant.destinations[0]!.id}/activation`);
    world.advance(1_000);
  }
  world.received.length = 0;
  world.queue = [];
  return sent;
}

/** Hands over what is due, one batch. */
async function oneStep(): Promise<void> {
  await world.handOver(world.takeDue());
}

describe("a recovery", () => {
  it("sends everything once, shows its progress, and ends", async () => {
    const sent = await missed(60);
    works = true;
    const { status, json } = await begin();
    expect(status).toBe(202);
    expect(json).toMatchObject({ state: "running", total: 60, redelivered: 0 });
    await oneStep();
    expect(await read(json)).toMatchObject({ state: "running", redelivered: 25 });
    expect(world.received).toHaveLength(25);
    await oneStep();
    expect(await read(json)).toMatchObject({ redelivered: 50 });
    await world.runToRest();
    expect(await read(json)).toMatchObject({ state: "finished", total: 60, redelivered: 60 });
    expect(world.received.map(({ body }) => body).sort()).toEqual(sent.sort());
    expect(await tally(world, tenant)).toEqual({ delivered: 60 });
  });

  it("cancelled midway: what was under way arrives, nothing more", async () => {
    await missed(60);
    works = true;
    const { json } = await begin();
    await oneStep();
    const cancelled = await manage<Recovery>(world, "DELETE", `/recoveries/${json.recovery_id}`);
    expect(cancelled.json).toMatchObject({ state: "cancelled", redelivered: 25 });
    await world.pass(5 * MINUTE_MS);
    expect(await tally(world, tenant)).toEqual({ delivered: 25, [EXHAUSTED]: 35 });
    expect(await read(json)).toMatchObject({ state: "cancelled" });
  });

  it("survives a restart that loses every message", async () => {
    const sent = await missed(60);
    works = true;
    const { json } = await begin();
    await oneStep();
    world.restart();
    world.queue = [];
    await world.runToRest();
    expect(await read(json)).toMatchObject({ state: "finished", redelivered: 60 });
    expect(world.received.map(({ body }) => body).sort()).toEqual(sent.sort());
  });

  it("never sends what has arrived, nor what is outside its time", async () => {
    const begun = Date.now();
    const [, second] = await missed(2, "before");
    works = true;
    await sendEvent(world, tenant, `{"arrived":true}`);
    works = false;
    world.advance(1_000);
    const [fourth] = await missed(2, "after");
    works = true;
    await begin(begun + 1_000, begun + 4_000);
    await world.runToRest();
    expect(world.received.map(({ body }) => body).sort()).toEqual([second, fourth].sort());
  });

  it("of a destination that still fails: one probe at a time, and it goes on when that works", async () => {
    await missed(40);
    await begin();
    await world.pass(5 * MINUTE_MS);
    expect(world.received.length, "a chunk, and then probes").toBeLessThan(35);
    expect(await tally(world, tenant)).toEqual({ [EXHAUSTED]: expect.any(Number), pending: expect.any(Number) });
    works = true;
    await world.runToRest(HOUR_MS);
    const { delivered = 0, [EXHAUSTED]: exhausted = 0 } = await tally(world, tenant);
    expect(delivered + exhausted).toBe(40);
    expect(exhausted, "those that were sent while it failed, without a retry").toBeLessThan(35);
    expect(delivered).toBeGreaterThan(5);
  });

  it("takes up no more while what it took up before still waits", async () => {
    await missed(80);
    const { json } = await begin();
    await world.pass(10 * MINUTE_MS);
    const { redelivered, state } = await read(json);
    expect([redelivered, state], "the chunk that failed, and one that waits").toEqual([50, "running"]);
  });

  it("wakes a destination that nothing was waiting for", async () => {
    await sendEvent(world, tenant, `{"missed":true}`);
    expect(await tally(world, tenant)).toEqual({ [EXHAUSTED]: 1 });
    world.advance(1_000);
    works = true;
    await begin();
    await world.consume();
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("is one at a time for a destination", async () => {
    await missed(1);
    const first = await begin();
    expect((await begin()).status).toBe(409);
    await world.runToRest();
    expect((await begin()).status).toBe(202);
    expect((await manage(world, "GET", `/recoveries/${first.json.recovery_id}`)).json).toMatchObject({
      state: "finished",
    });
  });

  it("counts what it sends once, however many wake-ups meet", async () => {
    await missed(3);
    const { json } = await begin();
    works = true;
    const [wakeUp] = world.queue;
    for (let copies = 0; copies < 3; copies++) world.put(wakeUp?.body);
    await world.runToRest();
    expect(await read(json)).toMatchObject({ state: "finished", total: 3, redelivered: 3 });
  });

  it("of nothing ends at once", async () => {
    const { json } = await begin();
    await world.runToRest();
    expect(await read(json)).toMatchObject({ state: "finished", total: 0, redelivered: 0 });
    expect(world.received).toEqual([]);
  });

  it("is refused when it would begin in the future, and leaves none behind", async () => {
    const refused = await begin(Date.now() + HOUR_MS, Date.now() + 2 * HOUR_MS);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ code: "invalid_input", errors: [{ path: "from" }] });
    expect((await begin()).status, "no recovery is running").toBe(202);
  });

  it("is refused where the destination is disabled", async () => {
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    expect((await begin()).status).toBe(409);
  });
});
