/** An account in a world, and what it sends. */
import { env } from "cloudflare:workers";
import type { World } from "./world";

const ORIGIN = "https://gateway.test";
let tenants = 0;

export type Tenant = { accountId: string; token: string; destinations: { id: string; url: string }[] };

/** A call of the management API, with the operator's key. */
export async function manage<Body = Record<string, unknown>>(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Body }> {
  const init: RequestInit = {
    method,
    headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" },
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await world.request(new Request(ORIGIN + path, init));
  if (response === "killed") throw new Error("the Worker was killed in a call of the management API");
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

/** An account of its own, with one destination for each of the given settings. */
export async function newTenant(world: World, destinations: Record<string, unknown>[] = [{}]): Promise<Tenant> {
  const accountId = `tenant-${++tenants}`;
  const account = await manage<{ app_secret_token: string }>(world, "POST", "/accounts", {
    account_id: accountId,
    email: `${accountId}@example.com`,
    account_name: "Tenant",
  });
  const made: Tenant["destinations"] = [];
  for (const [i, settings] of destinations.entries()) {
    const url = `https://receiver-${i}.${accountId}.example/hook`;
    const added = await manage<{ destination_id: string }>(world, "POST", `/accounts/${accountId}/destinations`, {
      url,
      http_method: "POST",
      headers: {},
      ...settings,
    });
    made.push({ id: added.json.destination_id, url });
  }
  return { accountId, token: account.json.app_secret_token, destinations: made };
}

export type Sent = { body: string; status: number | "killed"; eventId: string | null; duplicate: boolean };

/** The request that sends an event. */
export function eventRequest(tenant: Tenant, body: string, idempotencyKey?: string): Request {
  const headers: Record<string, string> = { "cl-x-token": tenant.token, "content-type": "application/json" };
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  return new Request(`${ORIGIN}/server/incoming_data`, { method: "POST", headers, body });
}

export async function sendEvent(world: World, tenant: Tenant, body: string, idempotencyKey?: string): Promise<Sent> {
  const response = await world.request(eventRequest(tenant, body, idempotencyKey));
  if (response === "killed") return { body, status: "killed", eventId: null, duplicate: false };
  const answer = await response.json<{ event_id?: string; duplicate?: boolean }>();
  return { body, status: response.status, eventId: answer.event_id ?? null, duplicate: answer.duplicate ?? false };
}

/** A call that a person repeats until it is answered. */
export async function insist<Body>(world: World, method: string, path: string, body?: unknown) {
  for (let tries = 1; ; tries++) {
    const answer = await manage<Body>(world, method, path, body).catch(() => null);
    if (answer && answer.status < 500) return answer;
    if (tries === 5) throw new Error(`${method} ${path} is not answered`);
  }
}

/** Deliveries as the API lists them, newest event first. */
export async function deliveriesOf(world: World, tenant: Tenant, query = ""): Promise<DeliveryRecord[]> {
  const path = `/deliveries?account_id=${tenant.accountId}&limit=100${query}`;
  const all: DeliveryRecord[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: { json: Page } = await insist<Page>(world, "GET", path + (cursor && `&cursor=${cursor}`));
    all.push(...page.json.data);
    cursor = page.json.next_cursor;
  }
  return all;
}

type Page = { data: DeliveryRecord[]; next_cursor: string | null };

export type DeliveryRecord = {
  delivery_id: string;
  event_id: string;
  destination_id: string;
  state: string;
  reason: string | null;
  attempt_count: number;
  next_attempt_at: string | null;
};

/** The one delivery of the tenant's only event to its n-th destination, with its attempts. */
export async function deliveryTo(world: World, tenant: Tenant, n = 0): Promise<DeliveryRecord & { attempts: Made[] }> {
  const [delivery] = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[n]?.id}`);
  const read = await manage<DeliveryRecord & { attempts: Made[] }>(
    world,
    "GET",
    `/deliveries/${delivery?.delivery_id}`,
  );
  return read.json;
}

export type Made = { number: number; started_at: string; outcome: string; status_code: number | null };

/** How many of the tenant's deliveries are in which state, and why. */
export async function tally(world: World, tenant: Tenant, n?: number): Promise<Record<string, number>> {
  const query = n === undefined ? "" : `&destination_id=${tenant.destinations[n]?.id}`;
  const counts: Record<string, number> = {};
  for (const { state, reason } of await deliveriesOf(world, tenant, query)) {
    const name = reason ? `${state}: ${reason}` : state;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export type DestinationRecord = {
  enabled: boolean;
  disabled_reason: string | null;
  consecutive_failures: number;
  failing_since: string | null;
};

export async function destinationOf(world: World, tenant: Tenant, n = 0): Promise<DestinationRecord> {
  return (await manage<DestinationRecord>(world, "GET", `/destinations/${tenant.destinations[n]?.id}`)).json;
}
