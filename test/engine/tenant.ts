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

export async function sendEvent(world: World, tenant: Tenant, body: string, idempotencyKey?: string): Promise<Sent> {
  const headers: Record<string, string> = { "cl-x-token": tenant.token, "content-type": "application/json" };
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  const response = await world.request(
    new Request(`${ORIGIN}/server/incoming_data`, { method: "POST", headers, body }),
  );
  if (response === "killed") return { body, status: "killed", eventId: null, duplicate: false };
  const answer = await response.json<{ event_id?: string; duplicate?: boolean }>();
  return { body, status: response.status, eventId: answer.event_id ?? null, duplicate: answer.duplicate ?? false };
}

/** Deliveries as the API lists them, newest event first. */
export async function deliveriesOf(world: World, tenant: Tenant, query = "") {
  const list = await manage<{ data: DeliveryRecord[] }>(
    world,
    "GET",
    `/deliveries?account_id=${tenant.accountId}&limit=100${query}`,
  );
  return list.json.data;
}

export type DeliveryRecord = {
  delivery_id: string;
  event_id: string;
  destination_id: string;
  state: string;
  reason: string | null;
  attempt_count: number;
  next_attempt_at: string | null;
};
