/** What becomes of an event that was sent in: the answers, and how one follows from what the database made of it. */
import type { Filtered } from "../db/engine/filtered";
import { firstLeased } from "../db/engine/leases";
import type { CheckedEvent } from "../db/events";
import type { Dispatch } from "../deliveries/dispatch";
import { leasedDelivery } from "../deliveries/leased-delivery";
import { filteredBy, unwantedBy, viewOf, type Wanted } from "../deliveries/unwanted";
import type { FieldError } from "../errors/field-error";
import type { EventView } from "../filters/event-view";
import type { Committed } from "./event";

export type Acceptance =
  /** `deliveries` are those that it goes to; `dispatch` has all. */
  | { kind: "accepted"; eventId: string; deliveries: number; dispatch: Dispatch }
  /** The same key and body came before; `eventId` is the event of then, `deliveries` what was answered then. */
  | { kind: "duplicate"; eventId: string; deliveries: number }
  /** The same key came before with another body. */
  | { kind: "conflict"; eventId: string }
  | { kind: "token_unknown" }
  /** The operator has suspended the account. */
  | { kind: "account_suspended" }
  /** The database is nearly full, and the account above its share of it. */
  | { kind: "storage_full" }
  /** It breaks the schema of its type, which the account has refused. */
  | { kind: "schema_violation"; errors: FieldError[] }
  /** Durable in the queue; the consumer stores it. */
  | { kind: "queued"; eventId: string }
  /** Neither the database nor the queue took it. */
  | { kind: "unavailable" };

/** What the database made of the event, as its sender is told; null where the account's catalogue is another than it was checked against. */
export function acceptanceOf(event: CheckedEvent, { outcome, targets }: Committed): Acceptance | null {
  if (outcome.account === null) return { kind: "token_unknown" };
  if (outcome.suspendedAt !== null) return { kind: "account_suspended" };
  if (outcome.eventId === null && outcome.storageFull) return { kind: "storage_full" };
  if (outcome.eventId === null) {
    if (outcome.catalogueRevision !== event.catalogueRevision) return null;
    if (event.refused) return { kind: "schema_violation", errors: JSON.parse(event.schemaErrors ?? "[]") };
    throw new Error("an event of a known account was not stored");
  }
  const { eventId, forwardedHeaders, eventType } = outcome;
  const isRepeated = eventId !== event.eventId;
  if (isRepeated && outcome.payloadDigest !== event.payloadDigest) return { kind: "conflict", eventId };
  const { payload, contentType, hops } = event;
  const content = { payload, contentType, forwardedHeaders, eventType, hops, kind: null };
  const view = viewOf(content);
  const inFlight: number[] = JSON.parse(outcome.inFlight);
  const deliveries = outcome.rowCount + inFlight.length;
  const waiting = outcome.waiting === "[]" ? [] : unwantedOf(eventId, JSON.parse(outcome.waiting), view);
  if (isRepeated) return { kind: "duplicate", eventId, deliveries: deliveries - waiting.length };
  const own = outcome.lease === eventId ? inFlight : [];
  const held = own.map((destination) => {
    const target = targets.get(destination);
    if (!target) throw new Error("a leased delivery has no destination");
    return leasedDelivery(firstLeased(eventId, destination), target, content, view);
  });
  const unwanted = held.filter((one) => one.unwanted !== null).length + waiting.length;
  return {
    kind: "accepted",
    eventId,
    deliveries: deliveries - unwanted,
    dispatch: { eventId, leased: held, deliveries, waiting },
  };
}

/** Of what waits, for a place or for its destination to work again, what that does not ask for. */
function unwantedOf(eventId: string, waiting: (Wanted & { destination: number })[], view: () => EventView): Filtered[] {
  return waiting.flatMap(({ destination, ...wanted }) => {
    const unwanted = unwantedBy(wanted, view);
    return unwanted === null ? [] : filteredBy(unwanted, { eventId, destination, lease: null });
  });
}
