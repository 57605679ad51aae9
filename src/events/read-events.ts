import { selectDeliveriesOfEvent } from "../db/deliveries";
import { type EventRow, type SearchWindow, selectEndOfEventWindow, selectEvent, selectEvents } from "../db/events";
import { transaction } from "../db/transaction";
import { type Delivery, deliveryOf } from "../deliveries/read-deliveries";
import type { AccountScope } from "../vocabulary/account-scope";
import { firstIdAt, timeOfId } from "../vocabulary/ids";
import type { DeliveryState } from "../vocabulary/states";
import type { EventContext } from "./event";

/** An event as people see it. */
export type Event = EventRow;
export type EventWithDeliveries = Event & { payload: string; deliveries: Delivery[] };
/**
 * `searchedBackTo` is how far back it was looked, in milliseconds since 1970, where a search ended before its page was
 * full or its range was through; `nextCursor` leads on from there.
 */
export type EventPage = { events: Event[]; nextCursor: string | null; searchedBackTo: number | null };

/** Which events a list is of: received in `from` ≤ time < `to`, milliseconds since 1970. */
export type EventFilter = {
  from?: number | undefined;
  to?: number | undefined;
  /** With a delivery in that state. */
  state?: DeliveryState | undefined;
  /** Somewhere in the payload, exactly. */
  text?: string | undefined;
  /** How its id begins. */
  idPrefix?: string | undefined;
};

/** How much a list looks through for one page, which D1 does in some tens of milliseconds; the rest is behind its cursor. */
const WINDOW: SearchWindow = { events: 1_000, bytes: 20_000_000 };

/** Newest first. */
export async function listEvents(
  context: Pick<EventContext, "db">,
  account: AccountScope,
  filter: EventFilter,
  page: { cursor: string | null; limit: number },
): Promise<EventPage> {
  const { db } = context;
  const { state, text, idPrefix } = filter;
  const from = [filter.from === undefined ? "" : firstIdAt("evt", filter.from), idPrefix ?? ""];
  const before = [
    filter.to === undefined ? LAST : firstIdAt("evt", filter.to),
    idPrefix === undefined ? LAST : `${idPrefix}~`,
    page.cursor ?? LAST,
  ];
  const range = { state, text, from: from.sort().at(-1), before: before.sort().at(0) };
  const rows = await selectEvents(db, account, range, WINDOW, page.limit + 1);
  const events = rows.slice(0, page.limit);
  if (rows.length > page.limit) return { events, nextCursor: events.at(-1)?.eventId ?? null, searchedBackTo: null };
  const [end] = await selectEndOfEventWindow(db, account, range, WINDOW);
  const last = end?.cut ? end.eventId : null;
  return { events, nextCursor: last, searchedBackTo: last === null ? null : timeOfId(last) };
}

/** Behind every id of an event. */
const LAST = "evt_~";

/** One event with its payload, exactly as received, and its deliveries; null when there is none of that id. */
export async function findEvent(
  context: Pick<EventContext, "db">,
  account: AccountScope,
  eventId: string,
): Promise<EventWithDeliveries | null> {
  const { found, deliveries } = await transaction(context.db, {
    found: selectEvent(context.db, account, eventId),
    deliveries: selectDeliveriesOfEvent(context.db, account, eventId),
  });
  const [row] = found;
  return row ? { ...row, deliveries: deliveries.map(deliveryOf) } : null;
}
