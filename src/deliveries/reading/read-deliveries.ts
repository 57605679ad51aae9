import { type DeliveryKey, type DeliveryRow, selectDelivery, selectMoved } from "../../db/deliveries";
import {
  type DeliveryFilter,
  selectDeliveries,
  selectDeliveriesInFlight,
  selectEndOfWindow,
} from "../../db/delivery-lists";
import { type AttemptRow, attemptOf, selectAttempts } from "../../db/engine/attempts";
import { transaction } from "../../db/transaction";
import { maskUrl } from "../../security/masked-url";
import type { AccountScope, OneScope } from "../../vocabulary/account-scope";
import { deliveryId, parseDeliveryId, timeOfId } from "../../vocabulary/ids";
import type { DeliveryContext } from "../delivery";
import { type Unwanted, whyUnwanted } from "../unwanted";

/** How many deliveries, or events of an account, a list looks through for one page; the rest is behind its cursor. */
const WINDOW = 1_000;

export type { AttemptRow };

/** A delivery as people see it. */
export type Delivery = Omit<DeliveryRow, "destination" | "eventWiped" | "unwantedDetail" | "unsendableDetail"> & {
  deliveryId: string;
  eventWiped: boolean;
  /** Of what was filtered out, or could not be sent: why, to people. */
  explanation: string | null;
  /** Of what was filtered out: by which revision of its destination's types and filter. */
  filterRevision: number | null;
};
/** With a page of its attempts, the first one first; those before `attemptsCursor` are left out, null when none are. */
export type DeliveryWithAttempts = Delivery & { attempts: AttemptRow[]; attemptsCursor: number | null };
/**
 * `searchedBackTo` is how far back it was looked, in milliseconds since 1970, where a search ended before its page was
 * full or its range was through; `nextCursor` leads on from there.
 */
export type DeliveryPage = { deliveries: Delivery[]; nextCursor: string | null; searchedBackTo: number | null };

/** Newest event first. A page can hold fewer than `limit`, or none, and still have a next one: it ends where its search did. */
export async function listDeliveries(
  context: Pick<DeliveryContext, "db">,
  account: OneScope,
  filter: DeliveryFilter,
  page: { cursor: string | null; limit: number },
): Promise<DeliveryPage> {
  const { db } = context;
  const after = page.cursor === null ? null : keyOf(page.cursor);
  const { found, inFlight } = await transaction(db, {
    found: selectDeliveries(db, account, filter, after, WINDOW, page.limit + 1),
    inFlight: selectDeliveriesInFlight(db, account, filter, after, page.limit + 1),
  });
  const rows = [...found, ...(inFlight ?? [])].sort(newestFirst);
  const deliveries = rows.slice(0, page.limit).map(deliveryOf);
  if (rows.length > page.limit) {
    return { deliveries, nextCursor: deliveries.at(-1)?.deliveryId ?? null, searchedBackTo: null };
  }
  const [end] = await selectEndOfWindow(db, account, filter, after, WINDOW);
  if (!end) return { deliveries, nextCursor: null, searchedBackTo: null };
  // what is in flight behind the end of the window comes with the next page
  const within = rows.filter((row) => newestFirst(row, end) <= 0).map(deliveryOf);
  const nextCursor = deliveryId(end.eventId, end.destination);
  return { deliveries: within, nextCursor, searchedBackTo: timeOfId(end.eventId) };
}

/** As lists are ordered, and ids as SQLite compares them. */
function newestFirst(one: DeliveryKey, other: DeliveryKey): number {
  if (one.eventId !== other.eventId) return one.eventId < other.eventId ? 1 : -1;
  return other.destination - one.destination;
}

/**
 * Whether such a list, read at `since`, would be another now: something was received since, or of the events in
 * `waiting` something has moved. An older delivery that the filter lets through only now is not seen.
 */
export async function hasNewDeliveries(
  context: Pick<DeliveryContext, "db">,
  account: OneScope,
  filter: DeliveryFilter,
  { since, waiting }: { since: number; waiting: string[] },
): Promise<boolean> {
  const from = Math.max(since, filter.from ?? 0);
  const { received, inFlight, moved } = await transaction(context.db, {
    received: selectDeliveries(context.db, account, { ...filter, from }, null, WINDOW, 1),
    inFlight: selectDeliveriesInFlight(context.db, account, { ...filter, from }, null, 1),
    moved: selectMoved(context.db, account, waiting, since),
  });
  return received.length + (inFlight ?? []).length + moved.length > 0;
}

/** How many attempts, with their answers, are read at a time: three schedules of the default. */
export const ATTEMPTS_OF_A_PAGE = 33;

/** One delivery with its latest attempts, or the latest before the cursor; null when there is none of that id. */
export async function findDelivery(
  context: Pick<DeliveryContext, "db">,
  account: AccountScope,
  id: string,
  attemptsCursor: number | null = null,
): Promise<DeliveryWithAttempts | null> {
  const key = keyOf(id);
  if (!key) return null;
  const { found, attempts } = await transaction(context.db, {
    found: selectDelivery(context.db, account, key),
    attempts: selectAttempts(context.db, account, key, attemptsCursor, ATTEMPTS_OF_A_PAGE + 1),
  });
  const [row] = found;
  if (!row) return null;
  const page = attempts.slice(0, ATTEMPTS_OF_A_PAGE).reverse().map(attemptOf);
  const more = attempts.length > page.length;
  return { ...deliveryOf(row), attempts: page, attemptsCursor: more ? (page[0]?.number ?? null) : null };
}

export function deliveryOf({
  destination,
  eventWiped,
  unwantedDetail,
  unsendableDetail,
  ...row
}: DeliveryRow): Delivery {
  const unwanted: Unwanted | null = unwantedDetail === null ? null : JSON.parse(unwantedDetail);
  return {
    ...row,
    url: row.url && maskUrl(row.url),
    eventWiped: eventWiped === 1,
    explanation: unwanted ? whyUnwanted(unwanted) : unsendableDetail,
    filterRevision: unwanted?.revision ?? null,
    deliveryId: deliveryId(row.eventId, destination),
  };
}

function keyOf(id: string): DeliveryKey | null {
  const parsed = parseDeliveryId(id);
  return parsed && { eventId: parsed.eventId, destination: parsed.destinationKey };
}
