/** A person asks for everything that did not arrive at a destination. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GITHUB_PAYLOADS } from "../support/github";
import { operator } from "../support/pages";
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

type Recovery = {
  recovery_id: string;
  state: string;
  total: number;
  redelivered: number;
  remaining: number;
  from: string;
};

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

const enable = () => manage(world, "PUT", `/destinations/${tenant.destinations[0]!.id}/activation`);
const disable = () => manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);

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

describe("a recovery that is interrupted because its destination is disabled", () => {
  /** 40 of which 25 were taken up, failed and were discarded. */
  async function interrupted(): Promise<{ recovery: Recovery; sent: string[] }> {
    await manage(world, "PATCH", `/destinations/${tenant.destinations[0]!.id}`, { retry_schedule: null });
    await disable();
    const sent: string[] = [];
    for (let n = 0; n < 40; n++) {
      sent.push(`{"n":${n}}`);
      await sendEvent(world, tenant, sent.at(-1)!);
      world.advance(1);
    }
    await enable();
    const { json } = await begin();
    await oneStep();
    expect(await read(json)).toMatchObject({ redelivered: 25, remaining: 15 });
    await disable();
    await world.pass(2 * MINUTE_MS);
    expect(await tally(world, tenant)).toEqual({ "discarded: destination_disabled": 40 });
    world.received.length = 0;
    return { recovery: json, sent };
  }

  it("says that nothing has arrived, and waits", async () => {
    const { recovery } = await interrupted();
    await world.pass(10 * MINUTE_MS);
    expect(await read(recovery)).toMatchObject({ state: "running", total: 40, redelivered: 25, remaining: 40 });
    expect(world.received).toEqual([]);
  });

  it("takes up again what it had begun once that is enabled, and counts it once", async () => {
    const { recovery, sent } = await interrupted();
    works = true;
    await enable();
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 40 });
    expect(world.received.map(({ body }) => body).sort()).toEqual(sent.sort());
    expect(await read(recovery)).toMatchObject({ state: "finished", total: 40, redelivered: 40, remaining: 0 });
  });

  it("takes it up again when that happens twice, and without any message", async () => {
    const { recovery } = await interrupted();
    await enable();
    await world.pass(2 * MINUTE_MS);
    await disable();
    await world.pass(2 * MINUTE_MS);
    works = true;
    await enable();
    world.queue = [];
    await world.runToRest();
    expect(await tally(world, tenant)).toEqual({ delivered: 40 });
    expect(await read(recovery)).toMatchObject({ state: "finished", redelivered: 40, remaining: 0 });
  });

  it("takes it up again when the receiver said itself that it is gone", async () => {
    const [one] = await missed(1);
    world.answer = () => new Response("", { status: works ? 200 : 410 });
    const { json } = await begin();
    await world.pass(2 * MINUTE_MS);
    expect(await tally(world, tenant)).toEqual({ "discarded: gone": 1 });
    works = true;
    world.received.length = 0;
    await enable();
    await world.runToRest();
    expect(world.received.map(({ body }) => body)).toEqual([one]);
    expect(await read(json)).toMatchObject({ state: "finished", total: 1, redelivered: 1, remaining: 0 });
  });

  it("ends with the destination when that is removed", async () => {
    await interrupted();
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}`);
    expect(await env.DB.prepare("SELECT state FROM recoveries").first("state")).toBe("cancelled");
  });
});

it("a recovery that is over says what has not arrived after all", async () => {
  await missed(3);
  const { json } = await begin();
  expect(await read(json)).toMatchObject({ state: "running", remaining: 3 });
  await world.runToRest();
  expect(await read(json)).toMatchObject({ state: "finished", redelivered: 3, remaining: 3 });
  const browser = await operator(undefined, world.door);
  const { text } = await browser.visit(`/dashboard/recoveries/${json.recovery_id}`);
  expect(text).toContain("3 received between these times have not arrived.");
  works = true;
  await begin();
  await world.runToRest();
  expect(await read(json)).toMatchObject({ remaining: 0 });
});

describe("enabling a destination", () => {
  const path = () => `/destinations/${tenant.destinations[0]!.id}`;
  const page = () => operator(undefined, world.door);
  it.each<[string, () => Promise<unknown>]>([
    ["the API's activation", enable],
    ["a change by the API", () => manage(world, "PATCH", path(), { enabled: true })],
    ["its page", async () => (await page()).send(`/dashboard${path()}/enable`)],
    [
      "its form",
      async () => {
        const browser = await page();
        const { text } = await browser.visit(`/dashboard${path()}/edit`);
        const read_at = /name="read_at" value="([^"]*)"/.exec(text)?.[1] ?? "";
        const settings = { timeout_ms: "", retry_schedule: "", max_attempts: "", description: "", http_method: "POST" };
        await browser.submit(`/dashboard${path()}/edit`, {
          ...settings,
          url: tenant.destinations[0]!.url,
          enabled: "true",
          read_at,
        });
      },
    ],
  ])("by %s sends what is held at once", async (_by, switchOn) => {
    await manage(world, "PATCH", path(), { retry_schedule: null });
    for (let n = 0; n < 8; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await env.DB.prepare("UPDATE destinations SET enabled = 0, disabled_reason = 'failing', wake_at = NULL").run();
    world.queue = [];
    world.received.length = 0;
    works = true;
    await switchOn();
    await world.consume();
    expect(world.received.length, "without a sweep").toBeGreaterThan(0);
  });
});
