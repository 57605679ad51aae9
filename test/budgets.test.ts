import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { landOverdue } from "../src/db/engine/flights";
import { transaction } from "../src/db/transaction";
import { type Gateway, gatewayOf } from "../src/env";
import { accept } from "../src/events/accept";
import { expireEvents } from "../src/events/expire-events";
import { consume } from "../src/queue/consume";
import { deliveryId, destinationKey } from "../src/vocabulary/ids";
import { watchedDatabase } from "./support/database";
import { call, openGateway } from "./support/gateway";
import { githubPayload } from "./support/github";
import { openReceiver } from "./support/receivers";
import { addDestination, ingest, newAccount, send } from "./support/tenants";

const BODY = githubPayload("push");
/** What destinations make of it. */
const SHAPE = { transformation: '{"ref": ref}', templates: { headers: { "X-Event": "{{ event.id }}" } } };

/** An environment in which everything that costs is counted. */
function counted(settings: Record<string, unknown> = {}) {
  const spent = { roundTrips: 0, rowsWritten: 0, queueOperations: 0 };
  /** Of each round trip. */
  const statements: number[] = [];
  const count = async () => void spent.queueOperations++;
  const DB = watchedDatabase(
    (trip) => {
      spent.roundTrips++;
      statements.push(trip.statements);
    },
    (rows) => {
      spent.rowsWritten += rows;
    },
  );
  return { spent, statements, environment: { ...env, ...settings, DB, QUEUE: { send: count, sendBatch: count } } };
}

async function tenant(destinations: number, answer?: () => Promise<Response>, asking?: Record<string, unknown>) {
  const account = await newAccount();
  const receiver = openReceiver(answer);
  let [key, destination_id] = [0, ""];
  for (let i = 0; i < destinations; i++) {
    ({ destination_id } = await addDestination(account, receiver.url, asking));
    key = destinationKey(destination_id);
  }
  return { account, receiver, key, destination_id };
}

/** The event, its key, its account's index and its flight; then each delivery, and the end of the flight. */
const rowsFor = (destinations: number) => 4 + destinations + 1;

describe("an event delivered at first attempt", () => {
  it.each([1, 3, 10, 39])("to %i destinations costs one round trip before its answer, and two in all", async (n) => {
    const gate = Promise.withResolvers<void>();
    const { account, receiver } = await tenant(n, () => gate.promise.then(() => new Response()));
    const { spent, statements, environment } = counted();
    const { door, idle } = openGateway(environment);
    const { deliveries } = await send(account, BODY, { door });
    expect(spent.roundTrips).toBe(1);
    gate.resolve();
    await idle();
    expect([deliveries, receiver.arrived.length]).toEqual([n, n]);
    expect(spent).toMatchObject({ roundTrips: 2, queueOperations: 0 });
    expect(spent.rowsWritten).toBe(rowsFor(n));
    expect(statements).toEqual([6, 2]);
  });

  it.each([1, 3, 10])("to one destination and filtered out for %i costs the same as to all", async (n) => {
    const { account, receiver } = await tenant(1);
    await call("PATCH", `/accounts/${account.account_id}`, { event_type_path: "action" });
    for (let i = 0; i < n; i++) {
      await addDestination(account, receiver.url, i % 2 === 0 ? { event_types: ["none.*"] } : { filter: { no: 1 } });
    }
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    const { deliveries } = await send(account, BODY, { door });
    expect(spent.roundTrips).toBe(1);
    await idle();
    expect([deliveries, receiver.arrived.length]).toEqual([1, 1]);
    expect(spent).toEqual({ roundTrips: 2, queueOperations: 0, rowsWritten: rowsFor(n + 1) });
  });

  it("to three destinations that make something of it costs the same", async () => {
    const { account, receiver } = await tenant(3, undefined, SHAPE);
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    await send(account, BODY, { door });
    expect(spent.roundTrips).toBe(1);
    await idle();
    expect(receiver.arrived.map(({ text }) => text)).toEqual(Array(3).fill('{"ref":"refs/tags/simple-tag"}'));
    expect(spent).toEqual({ roundTrips: 2, queueOperations: 0, rowsWritten: rowsFor(3) });
  });

  it("to nobody costs one round trip", async () => {
    const { account } = await tenant(0);
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    await send(account, BODY, { door });
    await idle();
    expect(spent).toMatchObject({ roundTrips: 1, queueOperations: 0 });
  });

  it.each([1, 3, 10])(
    "to %i destinations costs one row more with an idempotency key, and none when it comes again",
    async (n) => {
      const { account } = await tenant(n);
      const { spent, environment } = counted();
      const { door, idle } = openGateway(environment);
      const headers = { "idempotency-key": "order-17" };
      await send(account, BODY, { door, headers });
      await idle();
      expect(spent).toMatchObject({ roundTrips: 2, queueOperations: 0 });
      expect(spent.rowsWritten).toBe(rowsFor(n) + 1);
      const { rowsWritten } = spent;
      await send(account, BODY, { door, headers });
      await idle();
      expect(spent).toEqual({ roundTrips: 3, queueOperations: 0, rowsWritten });
    },
  );

  it("costs less than two round trips when sixty come at the same time", async () => {
    const { account } = await tenant(1);
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    await Promise.all(Array.from({ length: 60 }, () => send(account, BODY, { door })));
    await idle();
    expect(spent.roundTrips).toBeLessThan(2 * 60);
    expect(spent.rowsWritten).toBe(60 * rowsFor(1));
    expect(spent.queueOperations).toBe(0);
  });

  it("is none when the token is not of this gateway's making: that costs nothing at all", async () => {
    const { spent, environment } = counted();
    const { door } = openGateway(environment);
    expect((await ingest("dp_acme_made-up", BODY, { door })).status).toBe(401);
    expect(spent).toEqual({ roundTrips: 0, queueOperations: 0, rowsWritten: 0 });
  });
});

describe("an event of an account that has schemas", () => {
  const SCHEMA = { properties: { action: { type: "null" } } };

  /** A gateway that knows them, and what it has spent since. */
  async function knowing(validate: string) {
    const { account } = await tenant(1);
    await call("PATCH", `/accounts/${account.account_id}`, { event_type_path: "kind" });
    await call("PUT", `/accounts/${account.account_id}/event-types/a`, { schema: SCHEMA, validate });
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    const cost = async (event: Record<string, unknown>) => {
      const before = { ...spent };
      const { status } = await ingest(account.app_secret_token, JSON.stringify(event), { door });
      await idle();
      return [status, spent.roundTrips - before.roundTrips, spent.rowsWritten - before.rowsWritten];
    };
    return cost;
  }

  it("costs one round trip more the first time, and then what every event costs", async () => {
    const cost = await knowing("reject");
    expect(await cost({ kind: "a" })).toEqual([200, 3, rowsFor(1)]);
    expect(await cost({ kind: "a" })).toEqual([200, 2, rowsFor(1)]);
    expect(await cost({ kind: "b", action: 1 })).toEqual([200, 2, rowsFor(1)]);
  });

  it("that is refused costs one round trip and no row", async () => {
    const cost = await knowing("reject");
    expect(await cost({ kind: "a", action: 1 })).toEqual([422, 2, 0]);
    expect(await cost({ kind: "a", action: 1 })).toEqual([422, 1, 0]);
  });

  it("that is marked costs its mark: a row and its key", async () => {
    const cost = await knowing("flag");
    await cost({ kind: "a" });
    expect(await cost({ kind: "a", action: 1 })).toEqual([200, 2, rowsFor(1) + 2]);
  });

  it("costs an account whose schemas are only there to be read nothing", async () => {
    const cost = await knowing("off");
    expect(await cost({ kind: "a", action: 1 })).toEqual([200, 2, rowsFor(1)]);
  });
});

/** On the Free plan an invocation may not attempt a hundred. */
const PAID = { PLAN: "paid" };

/** Rows written, from the event that comes to the event that is removed after `RETENTION_DAYS`. */
describe("in its whole life an event costs", () => {
  it.each([
    [0, 4, {}],
    [1, 8, {}],
    [3, 12, {}],
    [10, 26, {}],
    [39, 84, {}],
    [100, 206, PAID],
  ])("to %i destinations, all delivered at first attempt, %i rows", async (destinations, rows, settings) => {
    expect(await rowsOfALife({ destinations, settings })).toBe(rows);
  });

  it("to three destinations that ask for other events, what it costs where they get it", async () => {
    expect(await rowsOfALife({ destinations: 3, asking: { filter: { no: 1 } } })).toBe(12);
  });

  it("to three destinations that make something of it, the same", async () => {
    expect(await rowsOfALife({ destinations: 3, making: SHAPE })).toBe(12);
  });

  it("with an idempotency key one row more", async () => {
    expect(await rowsOfALife({ destinations: 3, keyed: true })).toBe(13);
  });

  it("to a hundred destinations on the Free plan, of which the queue takes sixty, four rows more for each of these", async () => {
    expect(await rowsOfALife({ destinations: 100, stepSeconds: 10 })).toBe(206 + 60 * 4);
  });

  it("with a destination that is disabled one row more, by which it can be recovered", async () => {
    expect(await rowsOfALife({ destinations: 3, disabled: true })).toBe(13);
  });

  it("with a destination that is paused, four rows more once it is resumed", async () => {
    expect(await rowsOfALife({ destinations: 3, paused: true })).toBe(12 + 4);
  });

  it("with a retry, ten rows more for what fails once, and nine for each further time", async () => {
    expect(await rowsOfALife({ destinations: 3, answers: [500, 200, 200, 200] })).toBe(12 + 10);
    expect(await rowsOfALife({ destinations: 3, answers: [500, 200, 200, 500, 200] })).toBe(12 + 10 + 9);
  });
});

type Life = {
  destinations: number;
  settings?: Record<string, unknown>;
  keyed?: boolean;
  disabled?: boolean;
  /** One of them is, until all events are there. */
  paused?: boolean;
  answers?: number[];
  /** What its destinations ask for, which it is not. */
  asking?: Record<string, unknown>;
  /** What they make of it. */
  making?: Record<string, unknown>;
  /** From one batch of the queue to the next. */
  stepSeconds?: number;
};

/** What one more event costs: so what is written once, whatever the number of events, does not count. */
async function rowsOfALife(life: Life): Promise<number> {
  await rowsOfLives(1, life);
  const one = await rowsOfLives(1, life);
  return ((await rowsOfLives(6, life)) - one) / 5;
}

async function rowsOfLives(events: number, life: Life): Promise<number> {
  const { destinations, settings, keyed, disabled, paused, answers, stepSeconds = 90 } = life;
  await env.DB.prepare("DELETE FROM accounts").run();
  let count = 0;
  const answer = async () => new Response("", { status: answers?.[count++ % answers.length] ?? 200 });
  const { account, receiver, key, destination_id } = await tenant(destinations, answer, life.asking ?? life.making);
  if (disabled) {
    await env.DB.prepare("UPDATE destinations SET enabled = 0, disabled_reason = 'disabled_by_user' WHERE key = ?")
      .bind(key)
      .run();
  }
  if (paused) await call("PUT", `/destinations/${destination_id}/pause`);
  const messages: unknown[] = [];
  const queue = {
    send: async (message: unknown) => void messages.push(message),
    sendBatch: async (batch: { body: unknown }[]) => void messages.push(...batch.map(({ body }) => body)),
  };
  const { spent, environment } = counted(settings);
  const bindings = { ...environment, QUEUE: queue };
  const { door, idle } = openGateway(bindings);
  for (let n = 0; n < events; n++) {
    const headers: Record<string, string> = keyed ? { "idempotency-key": `order-${n}` } : {};
    await send(account, BODY, { door, headers });
    await idle();
    if (paused && n === events - 1) {
      await call("DELETE", `/destinations/${destination_id}/pause`);
      messages.push({ destination: key });
    }
    for (let seconds = 10; messages.length > 0; seconds += stepSeconds) {
      const gateway = { ...gatewayOf(bindings), now: () => Date.now() + seconds * 1_000 };
      await consumeAll(gateway, batchOf(messages.splice(0)).messages);
    }
  }
  expect(receiver.arrived.length).toBe(
    life.asking ? 0 : events * Math.max(destinations - Number(disabled ?? false), answers?.length ?? 0),
  );
  const later = { ...gatewayOf(bindings), now: () => Date.now() + 40 * DAY_MS };
  await expireEvents(later, later.retention, 7);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM events").first("n")).toBe(0);
  return spent.rowsWritten;
}

const DAY_MS = 86_400_000;

it("an event to a paused destination costs one round trip, and is asked for by nobody until that is resumed", async () => {
  const { account, receiver, destination_id } = await tenant(1);
  await call("PUT", `/destinations/${destination_id}/pause`);
  const { spent, environment } = counted();
  const { door, idle } = openGateway(environment);
  await send(account, BODY, { door });
  await idle();
  expect([spent.roundTrips, spent.queueOperations, receiver.arrived.length]).toEqual([1, 0, 0]);
});

describe("a batch of the queue costs two round trips", () => {
  it("for a hundred wake-ups", async () => {
    const { account, receiver, key } = await tenant(1);
    const gateway = gatewayOf({ ...env });
    const body = { payload: BODY, sizeBytes: BODY.length, contentType: null, headers: {}, hops: 0 };
    const incoming = { token: account.app_secret_token, idempotencyKey: null, ...body };
    const accepted = await Promise.all(Array.from({ length: 100 }, () => accept(gateway, incoming, () => undefined)));
    const messages = accepted.map((one) => ({ delivery: deliveryId("eventId" in one ? one.eventId : "", key) }));
    const { spent, environment } = counted(PAID);
    // A minute later, when the leases of whoever accepted them have run out.
    const now = () => Date.now() + 60_000;
    await transaction(gateway.db, landOverdue(gateway.db, Number.MAX_SAFE_INTEGER, 1_000, now()));
    await consumeAll({ ...gatewayOf(environment), now }, batchOf(messages).messages);
    expect(receiver.arrived).toHaveLength(100);
    expect(spent).toMatchObject({ roundTrips: 2, queueOperations: 0 });
  });

  it("for a hundred events that the queue took first", async () => {
    const { account, receiver } = await tenant(1);
    const messages: unknown[] = [];
    const queue = { send: async (message: unknown) => void messages.push(message) };
    const { door } = openGateway({ ACCEPT: "queue", QUEUE: queue });
    for (let i = 0; i < 100; i++) await ingest(account.app_secret_token, BODY, { door });
    const { spent, environment } = counted(PAID);
    await consumeAll(gatewayOf(environment), batchOf(messages).messages);
    expect(receiver.arrived).toHaveLength(100);
    expect(spent).toMatchObject({ roundTrips: 2, queueOperations: 0 });
  });
});

it.each(["deliveries", "attempts"])("%s has no rowid, which would be a second row written for each", async (name) => {
  const row = await env.DB.prepare("SELECT sql FROM sqlite_master WHERE name = ?").bind(name).first<{ sql: string }>();
  expect(row?.sql).toMatch(/\) WITHOUT ROWID$/);
});

function batchOf(bodies: unknown[]) {
  const timestamp = new Date();
  return createMessageBatch(
    "data-pusher",
    bodies.map((body, i) => ({ id: `message-${i}`, timestamp, attempts: 1, body })),
  );
}

/** Lets the consumer process the batch, and waits for what goes on after it has returned. */
async function consumeAll(gateway: Gateway, messages: readonly Message<unknown>[]): Promise<void> {
  const held: Promise<unknown>[] = [];
  await consume(gateway, messages, (work) => held.push(work));
  await Promise.all(held);
}
