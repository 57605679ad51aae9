/** Statements that list deliveries. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { ANY_ACCOUNT, type OneScope } from "../vocabulary/account-scope";
import type { DeliveryReason, DeliveryState } from "../vocabulary/states";
import { idOf } from "./accounts";
import { all, type Database } from "./database";
import { DELIVERIES, type DeliveryKey, type DeliveryRow, reasonOf, shown } from "./deliveries";
import { IN_FLIGHT } from "./engine/flights";
import { type EventRange, eventIdBounds } from "./event-range";
import { ofType } from "./event-types";

/** Which deliveries a list is of: of the events in the range, of that type. */
export type DeliveryFilter = Pick<EventRange, "from" | "to"> & {
  destinationId?: string | undefined;
  state?: DeliveryState | undefined;
  reason?: DeliveryReason | undefined;
  statusCode?: number | undefined;
  eventType?: string | undefined;
};

/**
 * Deliveries that have a row, after `after`, newest event first: of those in the window that the filter lets through, at
 * most `limit`.
 */
export function selectDeliveries(
  db: Database,
  account: OneScope,
  filter: DeliveryFilter,
  after: DeliveryKey | null,
  window: number,
  limit: number,
) {
  const state = filter.state === undefined ? sql`` : sql`AND w.state = ${filter.state}`;
  const reason = filter.reason === undefined ? sql`` : sql`AND ${reasonOf(sql`w`)} = ${filter.reason}`;
  const statusCode = filter.statusCode === undefined ? sql`` : sql`AND w.last_status_code = ${filter.statusCode}`;
  return all<DeliveryRow>(
    db,
    sql`
    WITH looked_at AS (${candidates(account, filter, after, window)}),
    found AS (
      SELECT c.event_id, c.destination
      FROM looked_at c
      CROSS JOIN deliveries w ON w.event_id = c.event_id AND w.destination = c.destination
      CROSS JOIN events v ON v.event_id = c.event_id
      CROSS JOIN accounts o ON o.id = v.account
      WHERE o.account_id IS NOT NULL ${state} ${reason} ${statusCode} ${ofType(sql`v`, filter.eventType)}
      ORDER BY c.event_id DESC, c.destination DESC LIMIT ${limit}
    )
    SELECT ${shown(sql`d`)}
    FROM found f
    CROSS JOIN deliveries d ON d.event_id = f.event_id AND d.destination = f.destination
    LEFT JOIN destinations x ON x.key = d.destination
    CROSS JOIN events e ON e.event_id = d.event_id CROSS JOIN accounts a ON a.id = e.account
    ORDER BY d.event_id DESC, d.destination DESC`,
  );
}

/** The same of those in flight, found in what is in the air; null where the filter lets none of them through. */
export function selectDeliveriesInFlight(
  db: Database,
  account: OneScope,
  filter: DeliveryFilter,
  after: DeliveryKey | null,
  limit: number,
) {
  const { state, reason, statusCode } = filter;
  if ((state !== undefined && state !== "pending") || reason !== undefined || statusCode !== undefined) return null;
  const owned = account === ANY_ACCOUNT ? sql`` : sql`AND v.account = ${idOf(account)}`;
  const destination = filter.destinationId === undefined ? sql`` : sql`AND d.destination = ${keyOf(account, filter)}`;
  return all<DeliveryRow>(
    db,
    sql`
    WITH found AS (
      SELECT d.event_id, d.destination
      FROM (${IN_FLIGHT}) d
      CROSS JOIN events v ON v.event_id = d.event_id
      CROSS JOIN accounts o ON o.id = v.account
      WHERE ${rangeOf(filter, after)} AND o.account_id IS NOT NULL ${owned} ${destination} ${ofType(sql`v`, filter.eventType)}
      ORDER BY d.event_id DESC, d.destination DESC LIMIT ${limit}
    ),
    shown AS MATERIALIZED (
      SELECT * FROM all_deliveries d WHERE (d.event_id, d.destination) IN (SELECT event_id, destination FROM found)
    )
    ${DELIVERIES}
    ORDER BY s.event_id DESC, s.destination DESC`,
  );
}

/** Where that window ends, if there may be more behind it. Past an event's last delivery the destination is 0. */
export function selectEndOfWindow(
  db: Database,
  account: OneScope,
  filter: DeliveryFilter,
  after: DeliveryKey | null,
  window: number,
) {
  const last = sql`LIMIT 1 OFFSET ${window - 1}`;
  const events = eventsOf(account, filter, after, window);
  const ofEvents =
    events === null
      ? sql``
      : sql`
    UNION ALL
    SELECT event_id, 0 FROM (SELECT event_id FROM (${events}) ${last})`;
  return all<DeliveryKey>(
    db,
    sql`
    WITH looked_at AS (${candidates(account, filter, after, window)})
    SELECT event_id AS eventId, destination FROM (SELECT event_id, destination FROM looked_at ${last})${ofEvents}`,
  );
}

/**
 * By an index in the order of the list, whatever the filter: what did not arrive at a destination has one, an account's
 * and any other of a destination's are found through the account's events, of which so many are looked at as well.
 */
function candidates(account: OneScope, filter: DeliveryFilter, after: DeliveryKey | null, window: number) {
  const range = rangeOf(filter, after);
  if (filter.destinationId !== undefined && failedOnly(filter)) {
    return sql`
      SELECT d.event_id, d.destination FROM deliveries d
      WHERE d.destination = ${keyOf(account, filter)} AND d.state IN ('exhausted', 'discarded') AND ${range}
      ORDER BY d.event_id DESC LIMIT ${window}`;
  }
  const events = eventsOf(account, filter, after, window);
  if (events === null) {
    return sql`
      SELECT d.event_id, d.destination FROM deliveries d WHERE ${range}
      ORDER BY d.event_id DESC, d.destination DESC LIMIT ${window}`;
  }
  const destination = filter.destinationId === undefined ? sql`` : sql`AND d.destination = ${keyOf(account, filter)}`;
  const type = filter.eventType === undefined ? sql`` : sql`AND n.event_type = ${filter.eventType}`;
  return sql`
    SELECT n.event_id, d.destination FROM (${events}) n CROSS JOIN deliveries d ON d.event_id = n.event_id
    WHERE ${range} ${destination} ${type} ORDER BY n.event_id DESC, d.destination DESC LIMIT ${window}`;
}

/** That the delivery `d` is in the range, after `after`. */
function rangeOf(filter: DeliveryFilter, after: DeliveryKey | null) {
  const { from, before } = eventIdBounds(filter);
  return sql`d.event_id >= ${from} AND ${
    goesOn(before, after)
      ? sql`(d.event_id, d.destination) < (${after.eventId}, ${after.destination})`
      : sql`d.event_id < ${before}`
  }`;
}

/** The events that such a list goes through; null when it does not go through events. */
function eventsOf(account: OneScope, filter: DeliveryFilter, after: DeliveryKey | null, window: number) {
  if (filter.destinationId !== undefined && failedOnly(filter)) return null;
  if (filter.destinationId === undefined && account === ANY_ACCOUNT) return null;
  const owner =
    account === ANY_ACCOUNT
      ? sql`(SELECT account FROM destinations WHERE destination_id = ${filter.destinationId})`
      : idOf(account);
  const { from, before } = eventIdBounds(filter);
  const upTo = goesOn(before, after) ? sql`event_id <= ${after.eventId}` : sql`event_id < ${before}`;
  return sql`
    SELECT event_id, event_type FROM events
    WHERE account = ${owner} AND event_id >= ${from} AND ${upTo}
    ORDER BY event_id DESC LIMIT ${window}`;
}

/**
 * Whether the list begins at `after`, not at the end of its range: of two upper bounds SQLite seeks by the first, and
 * would walk from there to the other.
 */
function goesOn(before: string, after: DeliveryKey | null): after is DeliveryKey {
  return after !== null && after.eventId < before;
}

function failedOnly({ state, reason }: DeliveryFilter): boolean {
  const isFailure = reason !== undefined && reason !== "event_type" && reason !== "filter";
  return state === "exhausted" || state === "discarded" || (state === undefined && isFailure);
}

/** The destination's key, inside a statement; null when it is out of scope. */
function keyOf(account: OneScope, { destinationId }: DeliveryFilter) {
  const owned = account === ANY_ACCOUNT ? sql`` : sql`AND account = ${idOf(account)}`;
  return sql`(SELECT key FROM destinations WHERE destination_id = ${destinationId} ${owned})`;
}
