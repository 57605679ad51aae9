/** An account in a world, and what it sends. */
import * as client from "../support/client";
import { GATEWAY_URL, type World } from "./world";

let tenants = 0;

export type Tenant = { accountId: string; token: string; destinations: { id: string; url: string }[] };

/** A call of the management API, with the operator's key. */
export function manage<Body = Record<string, unknown>>(world: World, method: string, path: string, body?: unknown) {
  return client.call<Body>(world, method, path, body);
}

/** An account of its own, with one destination for each of the given settings. */
export async function newTenant(world: World, destinations: Record<string, unknown>[] = [{}]): Promise<Tenant> {
  const accountId = `tenant-${++tenants}`;
  const account = await client.newAccount(world, { account_id: accountId });
  const made: Tenant["destinations"] = [];
  for (const [i, settings] of destinations.entries()) {
    const url = `https://receiver-${i}.${accountId}.example/hook`;
    const { destination_id } = await client.addDestination(world, account, url, settings);
    made.push({ id: destination_id, url });
  }
  return { accountId, token: account.app_secret_token, destinations: made };
}

export type Sent = { body: string; status: number | "killed"; eventId: string | null; duplicate: boolean };

/** The request that sends an event. */
export function eventRequest(tenant: Tenant, body: string, idempotencyKey?: string): Request {
  const headers: Record<string, string> = { "cl-x-token": tenant.token, "content-type": "application/json" };
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  return new Request(GATEWAY_URL + client.INGEST, { method: "POST", headers, body });
}

export async function sendEvent(world: World, tenant: Tenant, body: string, idempotencyKey?: string): Promise<Sent> {
  const response = await world.request(eventRequest(tenant, body, idempotencyKey));
  if (response === "killed") return { body, status: "killed", eventId: null, duplicate: false };
  const answer = await response.json<Partial<client.Received>>();
  return { body, status: response.status, eventId: answer.event_id ?? null, duplicate: answer.duplicate ?? false };
}

/** A call that a person repeats until it is answered. */
export function insist<Body>(world: World, method: string, path: string, body?: unknown) {
  return repeat(`${method} ${path}`, async () => {
    const answer = await manage<Body>(world, method, path, body);
    if (answer.status >= 500) throw new Error(`answered ${answer.status}`);
    return answer;
  });
}

async function repeat<Result>(what: string, go: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await go();
    } catch (cause) {
      if (tries === 5) throw new Error(`${what} is not answered`, { cause });
    }
  }
}

/** Deliveries as the API lists them, newest event first. */
export async function deliveriesOf(world: World, tenant: Tenant, query = ""): Promise<client.Delivery[]> {
  const all = { account_id: tenant.accountId, ...Object.fromEntries(new URLSearchParams(query)) };
  return repeat("the list of deliveries", () => client.deliveriesOf(world, all));
}

/** The one delivery of the tenant's only event to its n-th destination, with its attempts. */
export async function deliveryTo(world: World, tenant: Tenant, n = 0) {
  const [delivery] = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[n]?.id}`);
  return client.readDelivery(world, delivery?.delivery_id ?? "");
}

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
