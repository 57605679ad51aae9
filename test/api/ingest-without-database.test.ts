import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { brokenDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { githubPayload } from "../support/github";
import { openReceiver } from "../support/receivers";
import { addDestination, type Event, ingest, newAccount, type Page, type Received, settled } from "../support/tenants";

const BODY = githubPayload("issues");
const LARGE = JSON.stringify("x".repeat(200_000));
const BROKEN_QUEUE = {
  send: () => Promise.reject(new Error("Queue send failed")),
  sendBatch: () => Promise.reject(new Error("Queue send failed")),
};

async function tenant() {
  const account = await newAccount();
  const receiver = openReceiver();
  await addDestination(account, receiver.url);
  return { account, receiver };
}

async function eventsOf(account: { account_id: string }): Promise<Event[]> {
  return (await call<Page<Event>>("GET", `/events?account_id=${account.account_id}`)).json.data;
}

describe("while the database does not answer", () => {
  it("the queue takes the event, and the consumer stores and delivers it", async () => {
    const { account, receiver } = await tenant();
    const { door } = openGateway({ DB: brokenDatabase() });
    const { status, json } = await ingest<Received>(account.app_secret_token, BODY, { door });
    expect(status).toBe(202);
    expect(json).toEqual({ success: true, message: "Data Received", event_id: expect.any(String), deliveries: null });
    const event = await settled(json.event_id);
    expect(event).toMatchObject({ payload: BODY, delivery_counts: { delivered: 1 } });
    expect(receiver.arrived.map(({ text }) => text)).toEqual([BODY]);
  });

  it.each([
    ["it refuses the statement, as before a migration", new Error("D1_ERROR: no such column: x: SQLITE_ERROR")],
    ["a bug of ours is in the way", new TypeError("Cannot read properties of undefined")],
  ])("the queue takes the event, also where %s", async (_why, error) => {
    const { account, receiver } = await tenant();
    const { door } = openGateway({ DB: brokenDatabase(error) });
    const { status, json } = await ingest<Received>(account.app_secret_token, BODY, { door });
    expect(status).toBe(202);
    await settled(json.event_id);
    expect(receiver.arrived).toHaveLength(1);
  });

  it("an idempotency key holds through the queue", async () => {
    const { account, receiver } = await tenant();
    const { door } = openGateway({ DB: brokenDatabase() });
    const headers = { "idempotency-key": "order-17" };
    const send = () => ingest<Received>(account.app_secret_token, BODY, { door, headers });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([202, 202]);
    await settled(first.json.event_id);
    const again = await ingest<Received>(account.app_secret_token, BODY, { headers });
    expect(again.json).toEqual({ ...first.json, deliveries: 1, duplicate: true });
    expect(await eventsOf(account)).toHaveLength(1);
    expect(receiver.arrived).toHaveLength(1);
  });

  it.each([
    ["the queue fails", BODY, { QUEUE: BROKEN_QUEUE }],
    ["there is no queue", BODY, { QUEUE: undefined }],
    ["the event is too large for the queue", LARGE, {}],
  ])("and %s: 503, to be tried again, and nothing was accepted", async (_situation, body, changes) => {
    const { account, receiver } = await tenant();
    const { door } = openGateway({ DB: brokenDatabase(), ...changes });
    const { status, json, headers } = await ingest(account.app_secret_token, body, { door });
    expect(status).toBe(503);
    expect(json).toMatchObject({ success: false, message: "Try again later", code: "unavailable" });
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await eventsOf(account)).toEqual([]);
    expect(receiver.arrived).toEqual([]);
  });

  it("what is wrong with a call is still said", async () => {
    const { account } = await tenant();
    const { door } = openGateway({ DB: brokenDatabase() });
    const codeOf = async (token: string, body: string) => (await ingest(token, body, { door })).json.code;
    expect(await codeOf("dp_made-up", BODY)).toBe("token_invalid");
    expect(await codeOf(account.app_secret_token, "{")).toBe("not_json");
    expect(await codeOf(account.app_secret_token, JSON.stringify("x".repeat(1_000_000)))).toBe("body_too_large");
  });

  it("the management API says so, and health too", async () => {
    const { door } = openGateway({ DB: brokenDatabase() });
    const list = await call("GET", "/accounts", undefined, { door });
    expect([list.status, list.json.code, list.headers.has("retry-after")]).toEqual([503, "unavailable", true]);
    const health = await call<{ status: string }>("GET", "/health", undefined, { door });
    expect([health.status, health.json.status]).toEqual([503, "unavailable"]);
  });
});

describe("with ACCEPT=queue", () => {
  it("an event is answered 202 without the database, then stored and delivered", async () => {
    const { account, receiver } = await tenant();
    const { door } = openGateway({ ACCEPT: "queue", DB: brokenDatabase() });
    const { status, json } = await ingest<Received>(account.app_secret_token, BODY, { door });
    expect([status, json.deliveries]).toEqual([202, null]);
    expect((await settled(json.event_id)).delivery_counts).toEqual({
      pending: 0,
      delivered: 1,
      filtered: 0,
      exhausted: 0,
      discarded: 0,
    });
    expect(receiver.arrived.map(({ text }) => text)).toEqual([BODY]);
  });

  it.each([
    ["is too large for the queue", LARGE, {}],
    ["meets a queue that fails", BODY, { QUEUE: BROKEN_QUEUE }],
  ])("an event that %s goes to the database", async (_situation, body, changes) => {
    const { account, receiver } = await tenant();
    const { door, idle } = openGateway({ ACCEPT: "queue", ...changes });
    const { status, json } = await ingest<Received>(account.app_secret_token, body, { door });
    expect([status, json.deliveries]).toEqual([200, 1]);
    await idle();
    expect(receiver.arrived.map(({ text }) => text.length)).toEqual([body.length]);
  });

  it("an event of a revoked token that the queue took is not stored, and does not hold up its neighbours", async () => {
    const [gone, living] = [await tenant(), await tenant()];
    await call("POST", `/accounts/${gone.account.account_id}/tokens`, { overlap_seconds: 0 });
    const { door } = openGateway({ ACCEPT: "queue", DB: brokenDatabase() });
    expect((await ingest(gone.account.app_secret_token, BODY, { door })).status).toBe(202);
    const { json } = await ingest<Received>(living.account.app_secret_token, BODY, { door });
    await settled(json.event_id);
    expect(await eventsOf(gone.account)).toEqual([]);
    expect(gone.receiver.arrived).toEqual([]);
  });
});

it("a message of the queue that comes twice stores and delivers its event once", async () => {
  const { account, receiver } = await tenant();
  const sent: unknown[] = [];
  const twice = {
    send: async (message: unknown) => {
      sent.push(message);
      await env.QUEUE.send(message);
      await env.QUEUE.send(message);
    },
  };
  const { door } = openGateway({ ACCEPT: "queue", QUEUE: twice });
  const { json } = await ingest<Received>(account.app_secret_token, BODY, { door });
  await settled(json.event_id);
  await env.QUEUE.send(sent[0]);
  const marker = await ingest<Received>(account.app_secret_token, '"behind it"', {
    door: openGateway({ ACCEPT: "queue" }).door,
  });
  await settled(marker.json.event_id);
  expect(receiver.arrived.map(({ text }) => text)).toEqual([BODY, '"behind it"']);
});
