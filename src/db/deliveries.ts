/** Statements that read deliveries. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { type AccountScope, ANY_ACCOUNT, type OneScope } from "../vocabulary/account-scope";
import type { HttpMethod } from "../vocabulary/http-method";
import type { AttemptOutcome, DeliveryReason, DeliveryState } from "../vocabulary/states";
import { idOf, inScope } from "./accounts";
import { all, type Database } from "./database";
import { IN_FLIGHT } from "./engine/flights";
import { type EventRange, eventIdBounds } from "./event-range";

/** Names a delivery in a JSON parameter. */
export type DeliveryKey = { eventId: string; destination: number };
/** The same, or all deliveries of an event. */
export type DeliveryRef = DeliveryKey | { eventId: string; destination: null };

/** A delivery as lists show it. */
export type DeliveryRow = {
  eventId: string;
  destination: number;
  accountId: string;
  /** Null once nothing is left of the destination, not even its name. */
  destinationId: string | null;
  url: string | null;
  httpMethod: HttpMethod | null;
  /** Whether it may be sent to; null once the destination is removed. */
  destinationEnabled: number | null;
  state: DeliveryState;
  reason: DeliveryReason | null;
  eventWiped: number;
  attemptCount: number;
  nextAttemptAt: number | null;
  lastStatusCode: number | null;
  lastOutcome: AttemptOutcome | null;
  createdAt: number;
  updatedAt: number;
};

/** Which deliveries a list is of: of the events in the range. */
export type DeliveryFilter = Pick<EventRange, "from" | "to"> & {
  destinationId?: string | undefined;
  state?: DeliveryState | undefined;
  reason?: DeliveryReason | undefined;
  statusCode?: number | undefined;
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
      WHERE o.account_id IS NOT NULL ${state} ${reason} ${statusCode}
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
      WHERE ${rangeOf(filter, after)} AND o.account_id IS NOT NULL ${owned} ${destination}
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
  return sql`
    SELECT n.event_id, d.destination FROM (${events}) n CROSS JOIN deliveries d ON d.event_id = n.event_id
    WHERE ${range} ${destination} ORDER BY n.event_id DESC, d.destination DESC LIMIT ${window}`;
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
    SELECT event_id FROM events
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
  return state === "exhausted" || state === "discarded" || (state === undefined && reason !== undefined);
}

/** The destination's key, inside a statement; null when it is out of scope. */
function keyOf(account: OneScope, { destinationId }: DeliveryFilter) {
  const owned = account === ANY_ACCOUNT ? sql`` : sql`AND account = ${idOf(account)}`;
  return sql`(SELECT key FROM destinations WHERE destination_id = ${destinationId} ${owned})`;
}

/** All deliveries of one event, in the order of their destinations. */
export function selectDeliveriesOfEvent(db: Database, account: AccountScope, eventId: string) {
  return all<DeliveryRow>(
    db,
    sql`
    WITH shown AS MATERIALIZED (SELECT * FROM all_deliveries d WHERE d.event_id = ${eventId})
    ${DELIVERIES}
    WHERE ${inScope(account)}
    ORDER BY s.destination`,
  );
}

/** One delivery of these events that has changed since; none when all stand still. */
export function selectMoved(db: Database, account: AccountScope, eventIds: string[], since: number) {
  return all<{ eventId: string }>(
    db,
    sql`
    SELECT d.event_id AS eventId
    FROM json_each(${JSON.stringify(eventIds)}) j
    CROSS JOIN deliveries d ON d.event_id = j.value
    CROSS JOIN events e ON e.event_id = d.event_id CROSS JOIN accounts a ON a.id = e.account
    WHERE d.updated_at >= ${since} AND ${inScope(account)} LIMIT 1`,
  );
}

export function selectDelivery(db: Database, account: AccountScope, { eventId, destination }: DeliveryKey) {
  return all<DeliveryRow>(
    db,
    sql`
    WITH shown AS MATERIALIZED (
      SELECT * FROM all_deliveries d WHERE d.event_id = ${eventId} AND d.destination = ${destination})
    ${DELIVERIES}
    WHERE ${inScope(account)}`,
  );
}

/** What is due next and nobody is attempting. Covers all accounts. */
export function selectDueOfAnyAccount(db: Database, limit: number) {
  return all<DeliveryRow>(
    db,
    sql`
    WITH next AS (
      SELECT event_id, destination FROM deliveries WHERE state = 'pending' AND next_attempt_at IS NOT NULL
      ORDER BY next_attempt_at LIMIT ${MOST_UNDER_WAY + limit}
    )
    SELECT ${shown(sql`d`)}
    FROM next c
    JOIN deliveries d ON d.event_id = c.event_id AND d.destination = c.destination
    LEFT JOIN destinations x ON x.key = d.destination
    JOIN events e ON e.event_id = d.event_id JOIN accounts a ON a.id = e.account
    WHERE d.lease IS NULL AND a.account_id IS NOT NULL
    ORDER BY d.next_attempt_at LIMIT ${limit}`,
  );
}
/** A leased delivery stands in the same index, at the end of its lease; a look past so many of them is enough. */
const MOST_UNDER_WAY = 100;

/** The columns of the row `d` of a delivery. A held one's next attempt is when its destination's drain is due, and not before its own time. */
function shown(d: SQL): SQL {
  return sql`
  ${d}.event_id AS eventId, ${d}.destination, a.account_id AS accountId, x.destination_id AS destinationId, x.url,
  x.http_method AS httpMethod, CASE WHEN x.removed_at IS NULL THEN x.enabled END AS destinationEnabled, ${d}.state,
  ${reasonOf(d)} AS reason, (${d}.reason IS 'event_wiped') AS eventWiped,
  (SELECT t.outcome FROM all_attempts t
   WHERE t.event_id = ${d}.event_id AND t.destination = ${d}.destination AND t.number = ${d}.attempt_count) AS lastOutcome,
  ${d}.attempt_count AS attemptCount, ${d}.last_status_code AS lastStatusCode, ${d}.created_at AS createdAt,
  ${d}.updated_at AS updatedAt,
  CASE
    WHEN ${d}.state = 'pending' AND ${d}.next_attempt_at IS NULL
    THEN max(coalesce(${d}.not_before, 0), coalesce(x.wake_at, 0))
    ELSE ${d}.next_attempt_at
  END AS nextAttemptAt`;
}

/** Why it was given up: of an event that is wiped, what was delivered or exhausted before bears that reason as well. */
function reasonOf(delivery: SQL): SQL {
  return sql`CASE ${delivery}.state
    WHEN 'discarded' THEN ${delivery}.reason WHEN 'exhausted' THEN 'attempts_exhausted' END`;
}

/** Of the step `shown`, which reads the view by keys alone: in a larger join SQLite would make all of it first. */
const DELIVERIES = sql`
    SELECT ${shown(sql`s`)}
    FROM shown s
    LEFT JOIN destinations x ON x.key = s.destination
    CROSS JOIN events e ON e.event_id = s.event_id
    CROSS JOIN accounts a ON a.id = e.account`;
