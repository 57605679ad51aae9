/** Everything that a test needs of its own: an account, destinations, events on their way. */
import type { z } from "@hono/zod-openapi";
import { vi } from "vitest";
import type { CreatedAccountSchema } from "../../src/api/accounts/account-schemas";
import type { DeliverySchema } from "../../src/api/deliveries/delivery-schemas";
import type { CreatedDestinationSchema, DestinationSchema } from "../../src/api/destinations/destination-schemas";
import type { Answer, Attempt, Door, Problem, Received } from "./client";
import * as client from "./client";
import { type CallOptions, call, through } from "./gateway";

export { INGEST, type Page, type Received, unique } from "./client";

export type Account = z.output<typeof CreatedAccountSchema>;
export type Destination = z.output<typeof DestinationSchema>;
export type CreatedDestination = z.output<typeof CreatedDestinationSchema>;
export type Delivery = z.output<typeof DeliverySchema>;
export type DeliveryWithAttempts = Delivery & { attempts: Attempt[] };
export type Event = {
  event_id: string;
  account_id: string;
  event_type: string | null;
  idempotency_key: string | null;
  received_at: string;
  size_bytes: number;
  delivery_counts: Record<Delivery["state"], number>;
};
export type EventWithDeliveries = Event & { payload: string | null; deliveries: Delivery[] };

export function newAccount(input: Record<string, unknown> = {}): Promise<Account> {
  return client.newAccount<Account>(through(), input);
}

export function addDestination(
  account: { account_id: string },
  url: string,
  input: Record<string, unknown> = {},
): Promise<CreatedDestination> {
  return client.addDestination<CreatedDestination>(through(), account, url, input);
}

/** A call of the ingest as its users make it, whatever comes of it. */
export function ingest<Body = Problem>(
  token: string,
  body: unknown,
  { door, headers }: CallOptions = {},
): Promise<Answer<Body>> {
  return client.ingest<Body>(through(door), token, body, headers);
}

/** Sends an event that is accepted. */
export function send(account: Account, body: unknown, { door, headers }: CallOptions = {}): Promise<Received> {
  return client.send(through(door), account, body, headers);
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

export function readDelivery(deliveryId: string): Promise<DeliveryWithAttempts> {
  return client.readDelivery<DeliveryWithAttempts>(through(), deliveryId);
}
