import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Gateway, gatewayOf } from "../src/env";
import { accept } from "../src/events/accept";
import { consume } from "../src/queue/consume";
import { deliveryId, destinationKey } from "../src/vocabulary/ids";
import { watchedDatabase } from "./support/database";
import { openGateway } from "./support/gateway";
import { githubPayload } from "./support/github";
import { openReceiver } from "./support/receivers";
import { addDestination, ingest, newAccount, send } from "./support/tenants";

const BODY = githubPayload("push");

/** An environment in which everything that costs is counted. */
function counted(settings: Record<string, unknown> = {}) {
  const spent = { roundTrips: 0, rowsWritten: 0, queueOperations: 0 };
  const count = async () => void spent.queueOperations++;
  const DB = watchedDatabase(
    () => void spent.roundTrips++,
    (rows) => {
      spent.rowsWritten += rows;
    },
  );
  return { spent, environment: { ...env, ...settings, DB, QUEUE: { send: count, sendBatch: count } } };
}

async function tenant(destinations: number, answer?: () => Promise<Response>) {
  const account = await newAccount();
  const receiver = openReceiver(answer);
  let key = 0;
  for (let i = 0; i < destinations; i++) {
    key = destinationKey((await addDestination(account, receiver.url)).destination_id);
  }
  return { account, receiver, key };
}

/** Two for an event, five for each destination, and one more that the statistics may cost. */
const rowsFor = (destinations: number) => 2 + 5 * destinations + 1;

describe("an event delivered at first attempt", () => {
  it.each([1, 3, 10, 39])("to %i destinations costs one round trip before its answer, and two in all", async (n) => {
    const gate = Promise.withResolvers<void>();
    const { account, receiver } = await tenant(n, () => gate.promise.then(() => new Response()));
    const { spent, environment } = counted();
    const { door, idle } = openGateway(environment);
    const { deliveries } = await send(account, BODY, { door });
    expect(spent.roundTrips).toBe(1);
    gate.resolve();
    await idle();
    expect([deliveries, receiver.arrived.length]).toEqual([n, n]);
    expect(spent).toMatchObject({ roundTrips: 2, queueOperations: 0 });
    expect(spent.rowsWritten).toBeLessThanOrEqual(rowsFor(n));
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
      expect(spent.rowsWritten).toBeLessThanOrEqual(rowsFor(n) + 1);
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
    expect(spent.rowsWritten).toBeLessThanOrEqual(60 * rowsFor(1));
    expect(spent.queueOperations).toBe(0);
  });

  it("is none when the token is not of this gateway's making: that costs nothing at all", async () => {
    const { spent, environment } = counted();
    const { door } = openGateway(environment);
    expect((await ingest("dp_acme_made-up", BODY, { door })).status).toBe(401);
    expect(spent).toEqual({ roundTrips: 0, queueOperations: 0, rowsWritten: 0 });
  });
});

/** On the Free plan an invocation may not attempt a hundred. */
const PAID = { PLAN: "paid" };

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
    await consumeAll({ ...gatewayOf(environment), now: () => Date.now() + 60_000 }, batchOf(messages).messages);
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
