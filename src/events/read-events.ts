import { selectDeliveriesOfEvent } from "../db/deliveries";
import { type EventRow, selectEventOfAnyAccount, selectEventsOfAnyAccount } from "../db/events";
import { type Delivery, deliveryOf } from "../deliveries/read-deliveries";
import { firstIdAt } from "../vocabulary/ids";
import type { EventContext } from "./event";

/** An event as people see it. */
export type Event = EventRow;
export type EventWithDeliveries = Event & { payload: string; deliveries: Delivery[] };
export type EventPage = { events: Event[]; nextCursor: string | null };

/** Which events a list is of: received in `from` ≤ time < `to`, milliseconds since 1970. */
export type EventFilter = { accountId?: string | undefined; from?: number | undefined; to?: number | undefined };

/** Newest first. */
export async function listEvents(
  context: Pick<EventContext, "db">,
  filter: EventFilter,
  page: { cursor: string | null; limit: number },
): Promise<EventPage> {
  const to = filter.to === undefined ? undefined : firstIdAt("evt", filter.to);
  const before = page.cursor !== null && (to === undefined || page.cursor < to) ? page.cursor : to;
  const from = filter.from === undefined ? undefined : firstIdAt("evt", filter.from);
  const rows = await selectEventsOfAnyAccount(
    context.db,
    { accountId: filter.accountId, from, before },
    page.limit + 1,
  );
  const shown = rows.slice(0, page.limit);
  return { events: shown, nextCursor: rows.length > page.limit ? (shown.at(-1)?.eventId ?? null) : null };
}

/** One event with its payload, exactly as received, and its deliveries; null when there is none of that id. */
export async function findEvent(
  context: Pick<EventContext, "db">,
  eventId: string,
): Promise<EventWithDeliveries | null> {
  const [[row], deliveries] = await context.db.batch([
    selectEventOfAnyAccount(context.db, eventId),
    selectDeliveriesOfEvent(context.db, eventId),
  ]);
  return row ? { ...row, deliveries: deliveries.map(deliveryOf) } : null;
}
