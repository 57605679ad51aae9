/** Messages that cannot be processed, and how much one invocation may ask of the database. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

const PUSH = githubPayload("push");
/** The Free plan lets an invocation ask 50 times. */
const MOST_ROUND_TRIPS = 50;

let world: World;
let tenant: Tenant;
async function open(settings: Record<string, unknown>): Promise<void> {
  world = await World.open(settings);
  tenant = await newTenant(world);
}
beforeEach(() => open({ ACCEPT: "queue" }));
afterEach(() => world.close());

type Letter = { dead_letter_id: string; kind: string; event_id: string | null; reason: string };

/** What the log says of events that nobody is left to have. */
function dropped() {
  return world.logged.filter(({ event }) => event === "event.dropped");
}

async function letters(): Promise<Letter[]> {
  return (await manage<{ data: Letter[] }>(world, "GET", "/dead-letters")).json.data;
}

describe("a message that cannot be read", () => {
  it.each([
    ["a text", "garbage"],
    ["nothing", null],
    ["a list", [1, 2]],
    ["another shape", { delivery: "dlv_short" }],
    ["an event without its fields", { accept: { eventId: "evt_01JDQ8XK3V7M9T2B4C6D8F0GHJ" } }],
  ])("%s: it is recorded once and acked, and blocks nobody", async (_what, body) => {
    await sendEvent(world, tenant, PUSH);
    world.put(body);
    const batch = world.takeDue().toReversed();
    await world.handOver(batch);
    expect(world.queue).toEqual([]);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
    await world.handOver(batch.slice(0, 1));
    expect(await letters()).toMatchObject([{ reason: "unreadable" }]);
  });

  it("comes again where the database is down, until it is recorded", async () => {
    world.put("garbage");
    world.fault = ({ name }) => (name.startsWith("db") ? "throw" : "none");
    await world.consume();
    world.fault = () => "none";
    expect(world.queue).toHaveLength(1);
    world.advance(MINUTE_MS);
    await world.consume();
    expect(await letters()).toHaveLength(1);
  });

  it("is counted for the operator, and for nobody else", async () => {
    world.put("garbage");
    await world.consume();
    const operator = await manage<{ details: object }>(world, "GET", "/health");
    expect(operator.json.details).toMatchObject({ dead_letters: 1, overdue_deliveries: 0, queue: true });
    const anyone = await world.request(new Request("https://gateway.test/health"));
    expect(anyone).toBeInstanceOf(Response);
    expect(await (anyone as Response).json()).toEqual({ status: "ok", version: expect.any(String) });
    expect((await world.request(new Request("https://gateway.test/dead-letters"))) as Response).toMatchObject({
      status: 401,
    });
  });
});

describe("an event that was answered 202", () => {
  it("and whose account was removed meanwhile is dropped, with a line in the log and no payload anywhere", async () => {
    const { eventId } = await sendEvent(world, tenant, PUSH);
    await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
    await world.runToRest();
    expect(dropped()).toEqual([{ event: "event.dropped", event_id: eventId, reason: "token_not_live" }]);
    expect(await letters()).toEqual([]);
    expect(world.received).toEqual([]);
  });

  it("while the database was down, by a token that had ended, is dropped, also where the platform gave it up", async () => {
    await open({});
    await manage(world, "POST", `/accounts/${tenant.accountId}/tokens`, { overlap_seconds: 0 });
    world.fault = ({ name }) => (name.startsWith("db") ? "throw" : "none");
    const sent = [await sendEvent(world, tenant, PUSH), await sendEvent(world, tenant, PUSH)];
    expect(sent.map(({ status }) => status)).toEqual([202, 202]);
    world.fault = () => "none";
    const [given, other] = world.takeDue();
    await world.handOver([given!], undefined, "data-pusher-dead");
    await world.handOver([other!]);
    expect(dropped()).toMatchObject(sent.map(({ eventId }) => ({ event_id: eventId })));
    expect(await letters()).toEqual([]);
    expect(await world.rows("events")).toBe(0);
  });

  it("and is a dead letter goes with its account", async () => {
    await sendEvent(world, tenant, PUSH);
    await world.handOver(world.takeDue(), undefined, "data-pusher-dead");
    world.advance(1);
    world.put("garbage");
    await world.consume();
    expect(await letters()).toMatchObject([{ kind: "unknown" }, { kind: "accept" }]);
    await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
    await world.cron();
    expect(await letters()).toMatchObject([{ kind: "unknown" }]);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM accounts WHERE removed_at IS NOT NULL").first("n")).toBe(0);
  });

  it("is stored although its token was rotated out twice meanwhile", async () => {
    expect((await sendEvent(world, tenant, PUSH)).status).toBe(202);
    for (let times = 0; times < 2; times++) {
      world.advance(SECOND_MS);
      await manage(world, "POST", `/accounts/${tenant.accountId}/tokens`, { overlap_seconds: 0 });
    }
    await world.runToRest();
    expect(await letters()).toEqual([]);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });

  it("and whose key came with another body becomes a dead letter; with the same body it is one event", async () => {
    await sendEvent(world, tenant, PUSH, "order-1");
    await sendEvent(world, tenant, PUSH, "order-1");
    const other = await sendEvent(world, tenant, githubPayload("issues"), "order-1");
    await world.runToRest();
    expect(await letters()).toMatchObject([{ event_id: other.eventId, reason: "idempotency_conflict" }]);
    expect(world.received.map(({ body }) => body)).toEqual([PUSH]);
  });

  it("that the platform gave up on is recorded, and sent again it arrives", async () => {
    await sendEvent(world, tenant, PUSH);
    await world.handOver(world.takeDue(), undefined, "data-pusher-dead");
    expect(world.queue).toEqual([]);
    const [letter] = await letters();
    expect(letter).toMatchObject({ kind: "accept", reason: "retries_used_up" });
    expect(JSON.stringify(letter)).not.toContain("refs/");
    const again = await manage(world, "POST", `/dead-letters/${letter!.dead_letter_id}/redeliveries`);
    expect(again.status).toBe(204);
    expect(await letters()).toEqual([]);
    await world.runToRest();
    expect(world.received.map(({ body }) => body)).toEqual([PUSH]);
  });
});

describe("dead letters take a hundredth of the database at the most", () => {
  it("the oldest go first, and the newest stays however large it is", async () => {
    await open({ ACCEPT: "queue", DATABASE_LIMIT_BYTES: "10000000" });
    const ids: (string | null)[] = [];
    const bury = async (body: string) => {
      world.advance(SECOND_MS);
      ids.unshift((await sendEvent(world, tenant, body)).eventId);
      await world.handOver(world.takeDue(), undefined, "data-pusher-dead");
    };
    const kept = async () => (await letters()).map(({ event_id }) => event_id);
    for (let n = 0; n < 4; n++) await bury(JSON.stringify("x".repeat(30_000)));
    expect(await kept(), "100,000 bytes").toEqual(ids.slice(0, 4));
    await bury(JSON.stringify("x".repeat(30_000)));
    expect(await kept()).toEqual(ids.slice(0, 4));
    await bury(JSON.stringify("x".repeat(110_000)));
    expect(await kept()).toEqual(ids.slice(0, 1));
  });
});

describe("the database is down for days", () => {
  const QUARTER_HOUR_MS = 15 * MINUTE_MS;
  /** How often the platform retries a message before it gives it up. */
  const MOST_RETRIES = 100;
  const mostAttempts = () => Math.max(0, ...world.queue.map(({ attempts }) => attempts));
  const fail = () => {
    world.fault = ({ name }) => (name.startsWith("db") ? "throw" : "none");
  };

  it("almost four: an event that was answered 202 never uses up its retries, and arrives", async () => {
    expect((await sendEvent(world, tenant, PUSH)).status).toBe(202);
    fail();
    await world.pass(4 * DAY_MS - HOUR_MS, QUARTER_HOUR_MS, () => expect(mostAttempts()).toBeLessThan(MOST_RETRIES));
    world.fault = () => "none";
    await world.runToRest(HOUR_MS);
    expect(world.received.map(({ body }) => body)).toEqual([PUSH]);
    expect(await letters()).toEqual([]);
  });

  it("more than four: it uses up its retries, so that the platform makes it a dead letter", async () => {
    await sendEvent(world, tenant, PUSH);
    fail();
    await world.pass(4 * DAY_MS, QUARTER_HOUR_MS);
    for (let hours = 0; mostAttempts() <= MOST_RETRIES; hours++) {
      expect(hours, "it comes to an end").toBeLessThan(36);
      await world.pass(HOUR_MS, QUARTER_HOUR_MS);
    }
    world.fault = () => "none";
    world.advance(QUARTER_HOUR_MS);
    await world.handOver(world.takeDue(), undefined, "data-pusher-dead");
    expect(await letters()).toMatchObject([{ kind: "accept", reason: "retries_used_up" }]);
  });

  it("and the queue fails, too: the message is retried as before", async () => {
    await sendEvent(world, tenant, PUSH);
    const [message] = world.takeDue();
    world.fault = ({ name }) => (name.startsWith("db") || name.startsWith("queue") ? "throw" : "none");
    await world.handOver([{ ...message!, attempts: 50 }]);
    expect(world.queue).toMatchObject([{ attempts: 51, id: message!.id }]);
  });

  it("a wake-up is not put into the queue anew: its row is the schedule", async () => {
    world.put({ destination: 1 });
    const [message] = world.takeDue();
    fail();
    await world.handOver([{ ...message!, attempts: 50 }]);
    expect(world.queue).toMatchObject([{ attempts: 51, id: message!.id }]);
  });

  it("a batch of a hundred puts as many into the queue anew as an invocation may, and retries the others", async () => {
    for (let n = 0; n < 100; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    const batch = world.takeDue().map((one) => ({ ...one, attempts: 50 }));
    fail();
    const sends = world.seams.length;
    await world.handOver(batch);
    expect(
      world.seams.slice(sends).filter(({ name, side }) => name === "queue.send" && side === "before"),
    ).toHaveLength(20);
    expect(world.queue).toHaveLength(100);
    expect(world.queue.filter(({ attempts }) => attempts === 51)).toHaveLength(80);
  });
});

describe("what is too much for one parameter of D1 goes in several", () => {
  /** D1 as it is in production; a local one takes more. */
  const DB = watchedDatabase(({ parameters }) => {
    if (parameters.some((one) => typeof one === "string" && new TextEncoder().encode(one).length > 2_000_000)) {
      throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
    }
  });

  it("a batch of large dead letters is recorded whole", async () => {
    await open({ DB, ACCEPT: "queue" });
    for (let n = 0; n < 40; n++) await sendEvent(world, tenant, JSON.stringify("x".repeat(100_000)));
    await world.handOver(world.takeDue(), undefined, "data-pusher-dead");
    expect(world.queue).toEqual([]);
    expect(await letters()).toHaveLength(40);
  });

  it("a hundred long answers are recorded, and nothing is sent twice", async () => {
    await open({ DB, ACCEPT: "queue" });
    world.answer = () => new Response("\u0001".repeat(8_192));
    for (let n = 0; n < 100; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await world.runToRest();
    expect(world.received).toHaveLength(100);
    expect(await tally(world, tenant)).toEqual({ delivered: 100 });
  });
});

describe("one invocation asks the database", () => {
  it("twice for a batch of a hundred wake-ups", async () => {
    await open({});
    for (let n = 0; n < 100; n++) {
      if (n % 10 === 0) tenant = await newTenant(world);
      world.answer = () => new Response("", { status: n % 10 < 4 ? 500 : 200 });
      await sendEvent(world, tenant, `{"n":${n}}`);
    }
    world.answer = () => new Response("ok");
    world.advance(MINUTE_MS);
    const wakeUps = world.takeDue();
    const more = (await env.DB.prepare("SELECT event_id FROM events LIMIT 60").all<{ event_id: string }>()).results;
    const batch = [
      ...wakeUps,
      ...more.map(({ event_id }, i) => ({ ...wakeUps[0]!, id: `e${i}`, body: { event: event_id } })),
    ];
    expect(batch).toHaveLength(100);
    expect(await world.roundTrips(() => world.handOver(batch))).toBe(2);
    expect(await world.pending()).toBe(0);
  });

  it("twice for a hundred events that the queue took first", async () => {
    for (let n = 0; n < 100; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    const batch = world.takeDue();
    expect(batch).toHaveLength(100);
    expect(await world.roundTrips(() => world.handOver(batch))).toBe(2);
    // what the Free plan's requests do not reach to
    await world.consume();
    expect(await tally(world, tenant)).toEqual({ delivered: 100 });
  });

  it("twice for an event with forty destinations, and where the queue takes it, for its token in ten seconds once", async () => {
    expect(await world.roundTrips(() => sendEvent(world, tenant, PUSH))).toBe(1);
    world.advance(9 * SECOND_MS);
    expect(await world.roundTrips(() => sendEvent(world, tenant, PUSH))).toBe(0);
    world.advance(SECOND_MS);
    expect(await world.roundTrips(() => sendEvent(world, tenant, PUSH))).toBe(1);
    await open({});
    tenant = await newTenant(
      world,
      Array.from({ length: 40 }, () => ({})),
    );
    expect(await world.roundTrips(() => sendEvent(world, tenant, PUSH))).toBe(2);
    expect(await tally(world, tenant)).toEqual({ delivered: 40 });
  });

  it.each([
    ["with a queue", {}],
    ["without one", NO_QUEUE],
  ])(
    "less than fifty times in a cron with more to do than it can, %s",
    async (_how, queue) => {
      await open({ ...queue, ALERT_WEBHOOK_URL: "https://ops.example/alerts", RETENTION_DAYS: "1" });
      tenant = await newTenant(world, [{ retry_schedule: [86_400, 60], max_attempts: 2 }]);
      world.answer = () => new Response("", { status: 500 });
      await sendEvent(world, tenant, PUSH);
      await manyMoreLike(tenant);
      const removed = await newTenant(world);
      world.answer = () => new Response("ok");
      await sendEvent(world, removed, PUSH);
      await manyMoreLike(removed);
      await manage(world, "DELETE", `/accounts/${removed.accountId}`);
      world.answer = (_url, count) => new Response("", { status: count % 4 ? 500 : 200 });
      world.advance(2 * 86_400_000);
      expect(await world.roundTrips(() => world.cron())).toBeLessThan(MOST_ROUND_TRIPS);
    },
    60_000,
  );

  /** Three thousand events and deliveries more like the account's only ones, by the hand of the test. */
  async function manyMoreLike({ accountId }: Tenant): Promise<void> {
    const number = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)";
    const id = (alias: string) => `substr(${alias}.event_id, 1, 24) || substr('000000' || i, -6)`;
    const ofAccount = "JOIN accounts a ON a.id = e.account AND a.account_id = ?";
    await env.DB.batch([
      env.DB.prepare(
        `${number} INSERT INTO events (event_id, account, size_bytes, received_at, payload)
         SELECT ${id("e")}, e.account, e.size_bytes, e.received_at, e.payload FROM n, events e ${ofAccount}`,
      ).bind(accountId),
      env.DB.prepare(
        `${number} INSERT INTO deliveries (event_id, destination, state, next_attempt_at, attempt_count, created_at, updated_at)
         SELECT ${id("d")}, d.destination, d.state, d.next_attempt_at, d.attempt_count, d.created_at, d.updated_at
         FROM n, deliveries d JOIN (SELECT max(e.event_id) AS event_id FROM events e ${ofAccount}
           WHERE EXISTS (SELECT 1 FROM deliveries x WHERE x.event_id = e.event_id)) o ON o.event_id = d.event_id`,
      ).bind(accountId),
    ]);
  }
});
