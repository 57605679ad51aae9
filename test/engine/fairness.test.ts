/** Nobody waits for somebody else: account and account, destination and destination, and whoever was stopped. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InFlight } from "../../src/deliveries/slots/in-flight";
import { githubPayload } from "../support/github";
import { deliveriesOf, eventRequest, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { NO_QUEUE, type Queued, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");

let world: World;
/** URLs that fail at once, and those that keep their callers waiting until `release`. */
let failing: Set<string>;
let hanging: Set<string>;
let release: () => void;

async function open(settings: Record<string, unknown> = {}): Promise<void> {
  world = await World.open(settings);
  failing = new Set();
  hanging = new Set();
  const gate = Promise.withResolvers<void>();
  release = gate.resolve;
  world.answer = async (url) => {
    if (hanging.has(url)) await gate.promise;
    return new Response("", { status: failing.has(url) ? 503 : 200 });
  };
}
beforeEach(() => open());
afterEach(() => {
  release();
  world.close();
});

const urlsOf = (tenant: Tenant) => tenant.destinations.map(({ url }) => url);

/** A tenant with so many destinations whose first attempts have failed; their retries are due. */
async function withRetriesDue(destinations: number, events = 1): Promise<Tenant> {
  const tenant = await newTenant(
    world,
    Array.from({ length: destinations }, () => ({})),
  );
  for (const url of urlsOf(tenant)) failing.add(url);
  for (let n = 0; n < events; n++) {
    await sendEvent(world, tenant, PUSH);
    if (events > 1)
      await env.DB.prepare("UPDATE destinations SET consecutive_failures = 0, failing_since = NULL").run();
  }
  for (const url of urlsOf(tenant)) failing.delete(url);
  return tenant;
}

async function messagesOf(tenant: Tenant): Promise<Queued[]> {
  const ids = new Set((await deliveriesOf(world, tenant)).map(({ delivery_id }) => delivery_id));
  const own = world.queue.filter(({ body }) => ids.has((body as { delivery: string }).delivery));
  world.queue = world.queue.filter((one) => !own.includes(one));
  return own;
}

describe("a receiver that hangs", () => {
  it("does not keep the next batch of the queue waiting", async () => {
    const slow = await withRetriesDue(4);
    const other = await withRetriesDue(1);
    world.advance(10 * SECOND_MS);
    for (const url of urlsOf(slow)) hanging.add(url);
    const first = world.beginHandOver(await messagesOf(slow));
    await first.returned;
    await world.handOver(await messagesOf(other));
    expect(await tally(world, other)).toEqual({ delivered: 1 });
    expect(await tally(world, slow)).toEqual({ pending: 4 });
    release();
    await first.done;
    expect(await tally(world, slow)).toEqual({ delivered: 4 });
  });

  it("does not keep another account's delivery of the same batch waiting", async () => {
    const slow = await withRetriesDue(20);
    const other = await withRetriesDue(1);
    world.advance(10 * SECOND_MS);
    for (const url of urlsOf(slow)) hanging.add(url);
    const batch = world.beginHandOver([...(await messagesOf(slow)), ...(await messagesOf(other))]);
    await batch.returned;
    expect(await tally(world, other)).toEqual({ delivered: 1 });
    release();
    await batch.done;
  });

  it("leaves what found no slot to the queue, uncharged", async () => {
    const slow = await withRetriesDue(20);
    world.advance(10 * SECOND_MS);
    for (const url of urlsOf(slow)) hanging.add(url);
    const batch = world.beginHandOver(await messagesOf(slow));
    await batch.returned;
    await vi.waitUntil(() => world.queue.length > 0, { timeout: 4_000 });
    expect(world.queue, "one wake-up for all of them").toHaveLength(1);
    expect(world.received.length).toBe(20 + 6);
    release();
    await batch.done;
    await world.consume();
    expect(await tally(world, slow)).toEqual({ delivered: 20 });
    expect((await deliveriesOf(world, slow)).map(({ attempt_count }) => attempt_count)).toEqual(Array(20).fill(2));
  });

  it("does not push a healthy one out of the first slots of the accepting request", async () => {
    const tenant = await withRetriesDue(12);
    world.queue = [];
    const healthy = urlsOf(tenant)[11] ?? "";
    await env.DB.prepare("UPDATE destinations SET consecutive_failures = 0, failing_since = NULL WHERE url = ?")
      .bind(healthy)
      .run();
    for (const url of urlsOf(tenant).slice(0, 11)) hanging.add(url);
    const { answered, done } = world.begin(eventRequest(tenant, PUSH));
    await answered;
    await vi.waitUntil(() => world.at(healthy).length === 2, { timeout: 900 });
    release();
    await done;
  });
});

describe("a receiver whose answers take longer than a second", () => {
  const usual = () =>
    env.DB.prepare("SELECT usual_duration_ms FROM destinations WHERE url LIKE 'https://%'").first("usual_duration_ms");

  it.each([
    [3, "is slow", 5_000],
    [12, "is not where they come so often that it keeps up", 0],
  ])("%i at a time: %s", async (events, _what, expected) => {
    const tenant = await newTenant(world, [{}]);
    hanging.add(urlsOf(tenant)[0] ?? "");
    const sent = Array.from({ length: events }, () => world.begin(eventRequest(tenant, PUSH)));
    await vi.waitUntil(() => world.received.length === events);
    world.advance(1_500);
    release();
    for (const { done } of sent) await done;
    expect(await tally(world, tenant)).toEqual({ delivered: events });
    expect(await usual()).toBe(expected);
  });
});

describe("an account with a backlog in the isolate", () => {
  it("waits for its next answer before anything is stored, and another does not", async () => {
    const [behind, other] = [await newTenant(world, [{}]), await newTenant(world, [{}])];
    const waits = vi.spyOn(InFlight.prototype, "backpressureMs");
    waits.mockImplementation((accountId) => (accountId === behind.accountId ? 500 : 0));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const first = world.begin(eventRequest(behind, PUSH));
      await sendEvent(world, other, PUSH);
      expect(await tally(world, behind)).toEqual({});
      await vi.advanceTimersByTimeAsync(500);
      await first.done;
      expect(await tally(world, behind)).toEqual({ delivered: 1 });
    } finally {
      vi.useRealTimers();
      waits.mockRestore();
    }
  });
});

describe("nothing begins any more once", () => {
  const stops: [what: string, path: (tenant: Tenant) => string, left: Record<string, number>][] = [
    [
      "its destination was removed",
      (t) => `/destinations/${t.destinations[0]?.id}`,
      { "discarded: destination_removed": 7 },
    ],
    [
      "its destination was disabled",
      (t) => `/destinations/${t.destinations[0]?.id}/activation`,
      { "discarded: destination_disabled": 7 },
    ],
    ["its account was removed", (t) => `/accounts/${t.accountId}`, {}],
  ];

  for (const [where, own] of [
    ["in this isolate", true],
    ["in another isolate", false],
  ] as const) {
    it.each(stops)(`%s ${where}`, async (_what, path, left) => {
      const tenant = await withRetriesDue(1, 10);
      hanging.add(urlsOf(tenant)[0] ?? "");
      world.advance(10 * SECOND_MS);
      const batch = world.beginHandOver(await messagesOf(tenant));
      await vi.waitUntil(() => world.received.length === 10 + 3, { timeout: 4_000 });
      if (own) await manage(world, "DELETE", path(tenant));
      else {
        const request = new Request(`https://gateway.test${path(tenant)}`, {
          method: "DELETE",
          headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
        });
        await world.request(request, world.newIsolate());
        world.advance(2 * SECOND_MS);
      }
      release();
      await batch.done;
      await world.minute();
      expect(world.received.length, "attempts in all").toBe(10 + 3);
      const states = await tally(world, tenant);
      delete states.delivered;
      expect(states).toEqual(left);
    });
  }
});

describe("without a queue", () => {
  it("the sweep serves an account within its minute although thousands are due elsewhere", async () => {
    world.close();
    await open(NO_QUEUE);
    const flooding = await withRetriesDue(1);
    const other = await withRetriesDue(1);
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT printf('evt_00000000000000000000%06d', i), (SELECT id FROM accounts WHERE account_id = ?), 2, 0, '{}' FROM n`,
    )
      .bind(flooding.accountId)
      .run();
    await env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, next_attempt_at, created_at, updated_at)
       SELECT e.event_id, x.key, 'pending', 1, 1, 1 FROM events e JOIN destinations x ON x.account = e.account
       WHERE e.event_id LIKE 'evt_0000%'`,
    ).run();
    world.advance(10 * SECOND_MS);
    await world.cron();
    expect(await tally(world, other)).toEqual({ delivered: 1 });
  }, 30_000);
});

it("connections that this process may not open are nobody's failure", async () => {
  const tenant = await newTenant(world);
  world.answer = () => {
    throw new Error("overloaded: Too many open files");
  };
  await sendEvent(world, tenant, PUSH);
  const [delivery] = await deliveriesOf(world, tenant);
  expect(delivery).toMatchObject({ state: "pending", attempt_count: 0 });
});
