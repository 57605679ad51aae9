import {
  type AttemptRow,
  type DeliveryFilter,
  type DeliveryKey,
  type DeliveryRow,
  selectAttempts,
  selectDeliveriesOfAnyAccount,
  selectDeliveryOfAnyAccount,
  selectEndOfWindow,
} from "../db/deliveries";
import { deliveryId, parseDeliveryId } from "../vocabulary/ids";
import type { DeliveryContext } from "./delivery";

/** How many deliveries a filtered list looks through for one page; the rest is behind its cursor. */
const WINDOW = 1_000;

/** A delivery as people see it. */
export type Delivery = Omit<DeliveryRow, "destination"> & { deliveryId: string };
export type DeliveryWithAttempts = Delivery & { attempts: AttemptRow[] };
export type DeliveryPage = { deliveries: Delivery[]; nextCursor: string | null };

/**
 * Newest event first. A page of a filtered list can hold fewer than `limit`, or none, and still have a next one: it
 * ends where its search did.
 */
export async function listDeliveries(
  context: Pick<DeliveryContext, "db">,
  filter: DeliveryFilter,
  page: { cursor: string | null; limit: number },
): Promise<DeliveryPage> {
  const { db } = context;
  const after = page.cursor === null ? null : keyOf(page.cursor);
  const filtered = filter.state !== undefined || filter.statusCode !== undefined;
  const window = filtered ? WINDOW : page.limit + 1;
  const [rows, [end]] = await db.batch([
    selectDeliveriesOfAnyAccount(db, filter, after, window, page.limit + 1),
    selectEndOfWindow(db, filter, after, window),
  ]);
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : filtered ? end : undefined;
  return {
    deliveries: shown.map(deliveryOf),
    nextCursor: last ? deliveryId(last.eventId, last.destination) : null,
  };
}

/** One delivery with all its attempts; null when there is none of that id. */
export async function findDelivery(
  context: Pick<DeliveryContext, "db">,
  id: string,
): Promise<DeliveryWithAttempts | null> {
  const key = keyOf(id);
  if (!key) return null;
  const [[row], attempts] = await context.db.batch([
    selectDeliveryOfAnyAccount(context.db, key),
    selectAttempts(context.db, key),
  ]);
  return row ? { ...deliveryOf(row), attempts } : null;
}

export function deliveryOf({ destination, ...row }: DeliveryRow): Delivery {
  return { ...row, deliveryId: deliveryId(row.eventId, destination) };
}

function keyOf(id: string): DeliveryKey | null {
  const parsed = parseDeliveryId(id);
  return parsed && { eventId: parsed.eventId, destination: parsed.destinationKey };
}
