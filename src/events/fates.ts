/** What became of an event at each destination of its account. Pure. */
import type { AccountDestinationRow } from "../db/destinations";
import type { Delivery } from "../deliveries/reading/read-deliveries";
import { pauseReasonOf } from "../vocabulary/states";

export const FATES = [
  "delivered",
  "waiting",
  "paused",
  "filtered",
  "not_subscribed",
  "exhausted",
  "discarded",
  "disabled",
  "made_later",
  "not_sent",
] as const;
export type Fate = (typeof FATES)[number];

/** `delivery` is null where there is none: the destination was made later, or the event was never meant for it. */
export type AtDestination = Omit<AccountDestinationRow, "key" | "enabled" | "disabledReason" | "createdAt"> & {
  isEnabled: boolean;
  fate: Fate;
  delivery: Delivery | null;
};

/** The account's destinations in the order in which they were made. Those that were removed are not among them. */
export function fatesOf(receivedAt: number, deliveries: Delivery[], destinations: AccountDestinationRow[]) {
  const deliveryTo = new Map(deliveries.map((delivery) => [delivery.destinationId, delivery]));
  return destinations.map((destination): AtDestination => {
    const { destinationId, url, httpMethod, createdAt } = destination;
    const delivery = deliveryTo.get(destinationId) ?? null;
    const none = createdAt > receivedAt ? "made_later" : "not_sent";
    const isEnabled = destination.enabled === 1;
    const fate = delivery ? fateOf(delivery, destination) : none;
    return { destinationId, url, httpMethod, isEnabled, delivery, fate };
  });
}

function fateOf({ state, reason }: Delivery, destination: AccountDestinationRow): Fate {
  switch (state) {
    case "pending":
      return pauseReasonOf(destination) === null ? "waiting" : "paused";
    case "filtered":
      return reason === "event_type" ? "not_subscribed" : "filtered";
    case "discarded":
      return reason === "destination_disabled" ? "disabled" : "discarded";
    case "delivered":
    case "exhausted":
      return state;
  }
}
