/** While its first attempts are on their way, an event shows its deliveries as it will when they have ended. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { destinationKey, firstIdAt, timeOfId } from "../../src/vocabulary/ids";
import { openGateway, type Problem, call as through } from "../support/gateway";
import { githubPayload } from "../support/github";
import { openReceiver, type Receiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type CreatedDestination,
  type Delivery,
  type DeliveryWithAttempts,
  type EventWithDeliveries,
  newAccount,
  type Page,
  type Received,
  send,
} from "../support/tenants";

const BODY = githubPayload("push");
const KEY = { "idempotency-key": "order-17", "cl-x-event-type": "order.paid" };

let gateway: ReturnType<typeof openGateway>;
let account: Account;
let destinations: CreatedDestination[];
let receiver: Receiver;
let answer: () => void;
let sent: Received;

/** An event whose two receivers have its request and do not answer before `answer`. */
beforeEach(async () => {
  const gate = Promise.withResolvers<void>();
  answer = gate.resolve;
  gateway = openGateway();
  account = await newAccount();
  receiver = openReceiver(() => gate.promise.then(() => new Response("thanks")));
  destinations = [await addDestination(account, receiver.url), await addDestination(account, receiver.url)];
  sent = await send(account, BODY, { door: gateway.door, headers: KEY });
  while (receiver.arrived.length < 2) await scheduler.wait(1);
});
afterEach(async () => {
  answer();
  await gateway.idle();
});

const get = async <Body>(path: string) => (await through<Body>("GET", path)).json;
const list = async (query = "") =>
  (await get<Page<Delivery>>(`/deliveries?account_id=${account.account_id}${query}`)).data;

it("the event counts them, and lists them as pending", async () => {
  const event = await get<EventWithDeliveries>(`/events/${sent.event_id}`);
  expect(event.delivery_counts).toEqual({ pending: 2, delivered: 0, filtered: 0, exhausted: 0, discarded: 0 });
  expect(event.deliveries).toMatchObject([
    { state: "pending", attempt_count: 0, reason: null, last_status_code: null },
    { state: "pending", attempt_count: 0 },
  ]);
  const { delivery_counts } = (await get<Page<EventWithDeliveries>>(`/events?event_id=${sent.event_id}&state=pending`))
    .data[0]!;
  expect(delivery_counts.pending).toBe(2);
  answer();
  await gateway.idle();
  const ids = (one: EventWithDeliveries) => one.deliveries.map(({ delivery_id }) => delivery_id);
  const after = await get<EventWithDeliveries>(`/events/${sent.event_id}`);
  expect([ids(after), after.delivery_counts.delivered]).toEqual([ids(event), 2]);
});

it("each can be read", async () => {
  for (const { delivery_id } of await list()) {
    const read = await get<DeliveryWithAttempts>(`/deliveries/${delivery_id}`);
    expect(read).toMatchObject({ state: "pending", event_id: sent.event_id, attempts: [] });
  }
});

it("lists have them, where their filter lets them through", async () => {
  const [first] = destinations;
  expect(await list()).toHaveLength(2);
  expect(await list("&state=pending")).toHaveLength(2);
  expect(await list(`&destination_id=${first!.destination_id}`)).toMatchObject([
    { destination_id: first!.destination_id, state: "pending" },
  ]);
  expect(await list("&event_type=order.paid")).toHaveLength(2);
  expect(await list("&event_type=order")).toEqual([]);
  expect(await list("&state=delivered")).toEqual([]);
  expect(await list("&status_code=200")).toEqual([]);
  const neighbour = await newAccount();
  expect(await get(`/deliveries?account_id=${neighbour.account_id}`)).toMatchObject({ data: [] });
});

it("and page by page, each once, in order with those that have ended", async () => {
  answer();
  await gateway.idle();
  const gate = Promise.withResolvers<void>();
  const slow = openReceiver(() => gate.promise.then(() => new Response()));
  await addDestination(account, slow.url);
  const second = await send(account, BODY, { door: gateway.door });
  while (slow.arrived.length < 1) await scheduler.wait(1);
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: Page<Delivery> = await get(`/deliveries?account_id=${account.account_id}&limit=2${query}`);
    ids.push(...page.data.map(({ delivery_id }) => delivery_id));
    cursor = page.next_cursor;
  }
  gate.resolve();
  await gateway.idle();
  const all = (await list()).map(({ delivery_id }) => delivery_id);
  expect(ids).toEqual(all);
  expect(ids).toHaveLength(5);
  expect((await get<EventWithDeliveries>(`/events/${second.event_id}`)).delivery_counts.delivered).toBe(3);
});

it("and in their place, where a list ends before them for having looked at so many", async () => {
  const { event_id } = sent;
  const time = timeOfId(event_id);
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)";
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT substr(?1, 1, 14) || substr('0000000000000000' || i, -16), account, 2, ?2, '{}' FROM n, events WHERE event_id = ?3`,
    ).bind(firstIdAt("evt", time + 1), time, event_id),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, created_at, updated_at)
       SELECT event_id, ?1, 'delivered', ?2, ?2 FROM events WHERE event_id > ?3 AND payload = '{}'`,
    ).bind(destinationKey(destinations[0]!.destination_id), time, event_id),
  ]);
  const pages: string[][] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: Page<Delivery> = await get(
      `/deliveries?account_id=${account.account_id}&state=pending&limit=100${query}`,
    );
    pages.push(page.data.map((one) => one.event_id));
    cursor = page.next_cursor;
  }
  expect(pages[0]).toEqual([]);
  expect(pages.flat()).toEqual([event_id, event_id]);
});

it("the same call again is told how many there are", async () => {
  expect(await send(account, BODY, { headers: KEY })).toMatchObject({
    event_id: sent.event_id,
    deliveries: 2,
    duplicate: true,
  });
});

it("what is being attempted is left to that when it is asked for again", async () => {
  const again = await through<Problem>("POST", `/events/${sent.event_id}/redeliveries`);
  expect(again.status).toBe(202);
  answer();
  await gateway.idle();
  expect(receiver.arrived).toHaveLength(2);
});

it("what nobody attempts any more starts over when it is asked for again", async () => {
  await env.DB.prepare("UPDATE flights SET due_at = 1 WHERE event_id = ?").bind(sent.event_id).run();
  const again = await through("POST", `/events/${sent.event_id}/redeliveries`, undefined, { door: gateway.door });
  expect(again.status).toBe(202);
  while (receiver.arrived.length < 4) await scheduler.wait(1);
  answer();
  await gateway.idle();
  const { deliveries } = await get<EventWithDeliveries>(`/events/${sent.event_id}`);
  expect(deliveries.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
});

it("what nobody attempts any more is overdue", async () => {
  const overdue = async () =>
    (await get<{ details: { overdue_deliveries: number } }>("/health")).details.overdue_deliveries;
  const before = await overdue();
  await env.DB.prepare("UPDATE flights SET due_at = 1 WHERE event_id = ?").bind(sent.event_id).run();
  expect((await overdue()) - before).toBeGreaterThan(0);
});
