/** Everything that a test needs of its own: an account, destinations, events on their way. */
import type { z } from "@hono/zod-openapi";
import { expect, vi } from "vitest";
import type { CreatedAccountSchema } from "../../src/api/account-schemas";
import type { DeliverySchema } from "../../src/api/deliveries";
import type { CreatedDestinationSchema, DestinationSchema } from "../../src/api/destination-schemas";
import { type CallOptions, call, type Door, type Problem, request } from "./gateway";

export type Account = z.output<typeof CreatedAccountSchema>;
export type Destination = z.output<typeof DestinationSchema>;
export type CreatedDestination = z.output<typeof CreatedDestinationSchema>;
export type Delivery = z.output<typeof DeliverySchema>;
export type DeliveryWithAttempts = Delivery & {
  attempts: {
    number: number;
    outcome: string;
    status_code: number | null;
    detail: string | null;
    response_headers: Record<string, string> | null;
    response_body: string | null;
    started_at: string;
    duration_ms: number;
  }[];
};
export type Event = {
  event_id: string;
  account_id: string;
  idempotency_key: string | null;
  received_at: string;
  size_bytes: number;
  delivery_counts: Record<Delivery["state"], number>;
};
export type EventWithDeliveries = Event & { payload: string; deliveries: Delivery[] };
export type Page<Item> = { data: Item[]; next_cursor: string | null };
export type Received = {
  success: true;
  message: string;
  event_id: string;
  deliveries: number | null;
  duplicate?: true;
};

export const INGEST = "/server/incoming_data";

let made = 0;

/** A text that nothing else holds. */
export function unique(prefix = "t"): string {
  return `${prefix}${++made}${crypto.randomUUID().replaceAll("-", "").slice(0, 10)}`;
}

export async function newAccount(input: Record<string, unknown> = {}): Promise<Account> {
  const answer = await call<Account>("POST", "/accounts", {
    email: `${unique("mail")}@example.com`,
    account_name: "A test's own",
    ...input,
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.json;
}

export async function addDestination(
  account: { account_id: string },
  url: string,
  input: Record<string, unknown> = {},
): Promise<CreatedDestination> {
  const body = { url, http_method: "POST", headers: {}, ...input };
  const answer = await call<CreatedDestination>("POST", `/accounts/${account.account_id}/destinations`, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json;
}

/** A call of the ingest as its users make it, whatever comes of it. */
export function ingest<Body = Problem>(token: string, body: unknown, options: CallOptions = {}) {
  const headers = { "content-type": "application/json", "cl-x-token": token, ...options.headers };
  return request<Body>("POST", INGEST, headers, body, options.door);
}

/** Sends an event that is accepted. */
export async function send(account: Account, body: unknown, options: CallOptions = {}): Promise<Received> {
  const answer = await ingest<Received>(account.app_secret_token, body, options);
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

/** The event once each of its deliveries was attempted or has ended. */
export async function settled(eventId: string, door?: Door): Promise<EventWithDeliveries> {
  return vi.waitUntil(
    async () => {
      const { status, json } = await call<EventWithDeliveries>(
        "GET",
        `/events/${eventId}`,
        undefined,
        door && { door },
      );
      const done = ({ state, attempt_count }: Delivery) => state !== "pending" || attempt_count > 0;
      return status === 200 && json.deliveries.every(done) && json;
    },
    { timeout: 20_000, interval: 20 },
  );
}

export async function readDelivery(deliveryId: string): Promise<DeliveryWithAttempts> {
  const { status, json, text } = await call<DeliveryWithAttempts>("GET", `/deliveries/${deliveryId}`);
  expect(status, text).toBe(200);
  return json;
}
