/** What is from before ids and tokens named a shard works on beside what is made now, under the ids that people know. */
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { seal } from "../src/security/sealing";
import { sha256Hex } from "../src/security/sha256";
import { randomText, signText } from "../src/security/signed-text";
import { call } from "./support/gateway";
import { operator } from "./support/pages";
import { openReceiver, type Receiver } from "./support/receivers";
import * as tenants from "./support/tenants";
import {
  type Account,
  addDestination,
  type Delivery,
  type Event,
  newAccount,
  type Page,
  readDelivery,
} from "./support/tenants";

/** An account of before, in which one event arrived and one did not, and an event that came since. */
async function oldAccount() {
  let status = 200;
  const receiver = openReceiver(async () => new Response("", { status }));
  const made = await newAccount();
  const destination = await addDestination(made, receiver.url, { max_attempts: 1 });
  const arrived = await send(made, '{"n":1}', { "idempotency-key": "order-17" });
  status = 500;
  const missed = await send(made, '{"n":2}');
  const app_secret_token = await oldToken(made);
  const destinationId = await oldDestination(destination.destination_id, receiver.url);
  for (const id of [arrived, missed]) await rename("event_id", id, older(id));
  const account = { ...made, app_secret_token };
  status = 200;
  const fresh = await send(account, '{"n":3}');
  const missedDelivery = `dlv_${older(missed).slice("evt_".length)}${destinationId.slice(-8)}`;
  return { account, destinationId, receiver, missedDelivery, ids: [older(arrived), older(missed), fresh] };
}

async function send(account: Account, body: string, headers: Record<string, string> = {}): Promise<string> {
  const { event_id } = await tenants.send(account, body, { headers });
  await tenants.settled(event_id);
  return event_id;
}

/** The same id without its shard. */
function older(id: string): string {
  return id.slice(0, 14) + id.slice(16);
}

/** Wherever the id is stored. */
async function rename(column: "event_id" | "destination_id", id: string, name: string): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c
     WHERE m.type = 'table' AND m.name NOT LIKE '\\_cf%' ESCAPE '\\' AND c.name = ?`,
  )
    .bind(column)
    .all<{ name: string }>();
  const updates = results.map((table) =>
    env.DB.prepare(`UPDATE ${table.name} SET ${column} = ? WHERE ${column} = ?`).bind(name, id),
  );
  await env.DB.batch([env.DB.prepare("PRAGMA defer_foreign_keys = ON"), ...updates]);
}

/** As the destination was stored, under the id that it had. */
async function oldDestination(id: string, url: string): Promise<string> {
  const keys = [Uint8Array.fromBase64(env.SEALING_KEYS)];
  const sealed = async (text: unknown, what: string) =>
    (await seal(keys, JSON.stringify(text), `${older(id)}:${what}`)).replace("v2", "v1");
  const secrets = [{ secret: `whsec_${btoa("an-old-secret-of-some-32-bytes-xx")}`, expiresAt: null }];
  await env.DB.prepare(
    `UPDATE destinations SET url = ?, sealed_url = NULL, sealed_by = '', sealed_headers = ?, sealed_secrets = ?
     WHERE destination_id = ?`,
  )
    .bind(url, await sealed({}, "headers"), await sealed(secrets, "secrets"), id)
    .run();
  await rename("destination_id", id, older(id));
  return older(id);
}

async function oldToken(account: Account): Promise<string> {
  const token = await signText([Uint8Array.fromBase64(env.TOKEN_KEYS)], `dp_${account.account_id}_${randomText()}`);
  await env.DB.prepare("UPDATE tokens SET token_hash = ? WHERE token_hash = ?")
    .bind(await sha256Hex(token), await sha256Hex(account.app_secret_token))
    .run();
  return token;
}

async function hasArrived(receiver: Receiver, count: number): Promise<void> {
  await vi.waitUntil(() => receiver.arrived.length === count, { timeout: 10_000, interval: 20 });
}

/** Everything in the list, a page of one at a time. */
async function paged<Item>(path: string): Promise<Item[]> {
  const found: Item[] = [];
  const first = path.includes("?") ? `${path}&limit=1` : `${path}?limit=1`;
  for (let cursor = ""; ; ) {
    const { status, json, text } = await call<Page<Item>>("GET", first + cursor);
    expect(status, text).toBe(200);
    found.push(...json.data);
    if (json.next_cursor === null) return found;
    cursor = `&cursor=${json.next_cursor}`;
  }
}

it("an older token lets its account in beside a new one, and an idempotency key finds the older event", async () => {
  const { account, ids } = await oldAccount();
  const again = await tenants.send(account, '{"n":1}', { headers: { "idempotency-key": "order-17" } });
  expect(again).toMatchObject({ event_id: ids[0], duplicate: true });
  const rotated = await call<Account>("POST", `/accounts/${account.account_id}/tokens`, {});
  const tokens = [account, rotated.json].map((one) => one.app_secret_token);
  expect(tokens.map((token) => token.split("_").at(-2)?.length)).toEqual([26, 28]);
  for (const app_secret_token of tokens) await send({ ...account, app_secret_token }, "{}");
});

it("lists page through older and new ones, the newest first, and search finds both", async () => {
  const { account, destinationId, receiver, ids } = await oldAccount();
  expect(ids.map((id) => id.length)).toEqual([30, 30, 32]);
  const newestFirst = ids.toReversed();
  const events = await paged<Event>(`/events?account_id=${account.account_id}`);
  expect(events.map(({ event_id }) => event_id)).toEqual(newestFirst);
  for (const query of [`account_id=${account.account_id}`, `destination_id=${destinationId}`]) {
    const deliveries = await paged<Delivery>(`/deliveries?${query}`);
    expect(deliveries.map(({ event_id }) => event_id)).toEqual(newestFirst);
    expect(deliveries.map(({ delivery_id }) => delivery_id.length)).toEqual([40, 38, 38]);
  }
  const { destination_id } = await addDestination(account, receiver.url);
  const destinations = await paged<{ destination_id: string }>(`/accounts/${account.account_id}/destinations`);
  expect(destinations.map((one) => one.destination_id)).toEqual([destination_id, destinationId]);
  for (const id of ids) {
    const { json } = await call<Page<Event>>("GET", `/events?event_id=${id}`);
    expect(json.data.map(({ event_id }) => event_id)).toEqual([id]);
  }
});

it("a time range takes older and new ones alike", async () => {
  const { account, ids } = await oldAccount();
  const path = `/events?account_id=${account.account_id}`;
  const { data } = (await call<Page<Event>>("GET", path)).json;
  expect(data).toHaveLength(ids.length);
  for (const { event_id, received_at } of data) {
    const to = new Date(Date.parse(received_at) + 1).toISOString();
    const { json } = await call<Page<Event>>("GET", `${path}&from=${received_at}&to=${to}`);
    expect(json.data.map((one) => one.event_id)).toContain(event_id);
  }
});

it("an older delivery is sent again, alone and with its event", async () => {
  const { missedDelivery, receiver, ids } = await oldAccount();
  expect((await readDelivery(missedDelivery)).attempts).toHaveLength(1);
  expect((await call("POST", `/deliveries/${missedDelivery}/redeliveries`)).status).toBe(202);
  await hasArrived(receiver, 4);
  expect((await call("POST", `/events/${ids[1]}/redeliveries`)).status).toBe(202);
  await hasArrived(receiver, 5);
  for (const { headers } of receiver.arrived.slice(3)) expect(headers.get("webhook-id")).toBe(missedDelivery);
});

it("a recovery of an older destination sends what did not arrive", async () => {
  const { destinationId, missedDelivery, receiver } = await oldAccount();
  const range = { from: "2020-01-01T00:00:00.000Z" };
  expect((await call("POST", `/destinations/${destinationId}/recoveries`, range)).status).toBe(202);
  await hasArrived(receiver, 4);
  expect(receiver.arrived[3]?.headers.get("webhook-id")).toBe(missedDelivery);
});

it("pages of older ones open, and a search for an id leads there", async () => {
  const { destinationId, missedDelivery, ids } = await oldAccount();
  const browser = await operator();
  const pages = [
    ...ids.map((id) => `/dashboard/events/${id}`),
    `/dashboard/deliveries/${missedDelivery}`,
    `/dashboard/destinations/${destinationId}`,
  ];
  for (const path of pages) expect([path, (await browser.visit(path)).status]).toEqual([path, 200]);
  for (const id of [...ids, missedDelivery]) {
    expect(pages).toContain((await browser.visit(`/dashboard/events?q=${id}`)).location);
  }
});
