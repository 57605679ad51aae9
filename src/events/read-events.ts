import { selectDeliveriesOfEvent, selectMoved } from "../db/deliveries";
import { selectDestinationsBeside } from "../db/destinations";
import { type EventFilter, type SearchWindow, selectEndOfEventWindow, selectEvents } from "../db/event-lists";
import { type EventRow, selectEvent } from "../db/events";
import { transaction } from "../db/transaction";
import { type Delivery, deliveryOf } from "../deliveries/reading/read-deliveries";
import type { FieldError } from "../errors/field-error";
import type { AccountScope, OneScope } from "../vocabulary/account-scope";
import { timeOfId } from "../vocabulary/ids";
import type { DeliveryState } from "../vocabulary/states";
import type { EventContext } from "./event";
import { type AtDestination, fatesOf } from "./fates";

/** An event as people see it. `schemaErrors`: how it breaks the schema of its type, the first few; null where it does not. */
export type Event = Omit<EventRow, "counts" | "schemaErrors"> & {
  schemaErrors: FieldError[] | null;
} & Record<DeliveryState, number>;
/** `payload` is null once the event is wiped, which was at `wipedAt`. */
export type EventWithDeliveries = Event & {
  payload: string | null;
  wipedAt: number | null;
  deliveries: Delivery[];
  destinations: AtDestination[];
};
/**
 * `searchedBackTo` is how far back it was looked, in milliseconds since 1970, where a search ended before its page was
 * full or its range was through; `nextCursor` leads on from there.
 */
export type EventPage = { events: Event[]; nextCursor: string | null; searchedBackTo: number | null };

/** How much a list looks through for one page, which D1 does in some tens of milliseconds; the rest is behind its cursor. */
const WINDOW: SearchWindow = { events: 1_000, bytes: 20_000_000 };

/** Newest first. */
export async function listEvents(
  context: Pick<EventContext, "db">,
  account: OneScope,
  filter: EventFilter,
  page: { cursor: string | null; limit: number },
): Promise<EventPage> {
  const { db } = context;
  const rows = await selectEvents(db, account, filter, page.cursor, WINDOW, page.limit + 1);
  const events = rows.slice(0, page.limit).map(eventOf);
  if (rows.length > page.limit) return { events, nextCursor: events.at(-1)?.eventId ?? null, searchedBackTo: null };
  const [end] = await selectEndOfEventWindow(db, account, filter, page.cursor, WINDOW);
  const last = end?.cut ? end.eventId : null;
  return { events, nextCursor: last, searchedBackTo: last === null ? null : timeOfId(last) };
}

/**
 * Whether such a list, read at `since`, would be another now: something was received since, or of the events in
 * `waiting` a delivery has moved.
 */
export async function hasNewEvents(
  context: Pick<EventContext, "db">,
  account: OneScope,
  filter: EventFilter,
  { since, waiting }: { since: number; waiting: string[] },
): Promise<boolean> {
  const from = Math.max(since, filter.from ?? 0);
  const { received, moved } = await transaction(context.db, {
    received: selectEvents(context.db, account, { ...filter, from }, null, WINDOW, 1),
    moved: selectMoved(context.db, account, waiting, since),
  });
  return received.length + moved.length > 0;
}

/** One event with its payload, exactly as received, its deliveries, and what became of it at each destination; null when there is none of that id. */
export async function findEvent(
  context: Pick<EventContext, "db">,
  account: AccountScope,
  eventId: string,
): Promise<EventWithDeliveries | null> {
  const { found, deliveries, destinations } = await transaction(context.db, {
    found: selectEvent(context.db, account, eventId),
    deliveries: selectDeliveriesOfEvent(context.db, account, eventId),
    destinations: selectDestinationsBeside(context.db, account, eventId),
  });
  const [row] = found;
  if (!row) return null;
  const shown = deliveries.map(deliveryOf);
  return {
    ...eventOf(row),
    payload: row.payload,
    wipedAt: row.wipedAt,
    deliveries: shown,
    destinations: fatesOf(row.receivedAt, shown, destinations),
  };
}

function eventOf({ counts, schemaErrors, ...event }: EventRow): Event {
  const { inFlight, ...counted }: Record<DeliveryState | "inFlight", number> = JSON.parse(counts);
  const errors: FieldError[] | null = schemaErrors === null ? null : JSON.parse(schemaErrors);
  return { ...event, schemaErrors: errors, ...counted, pending: counted.pending + inFlight };
}
