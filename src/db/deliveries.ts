/** Statements that read deliveries and their attempts. Unexecuted; a verb runs them in ONE batch. */
import { and, eq, sql } from "drizzle-orm";
import type { AttemptOutcome, DeliveryReason, DeliveryState } from "../vocabulary/states";
import { idOf } from "./accounts";
import { all, type Database } from "./database";
import { attempts } from "./schema";

/** Names a delivery in a JSON parameter. */
export type DeliveryKey = { eventId: string; destination: number };
/** The same, or all deliveries of an event. */
export type DeliveryRef = DeliveryKey | { eventId: string; destination: null };

/** A delivery as lists show it. */
export type DeliveryRow = {
  eventId: string;
  destination: number;
  accountId: string;
  destinationId: string;
  state: DeliveryState;
  reason: DeliveryReason | null;
  attemptCount: number;
  nextAttemptAt: number | null;
  lastStatusCode: number | null;
  createdAt: number;
  updatedAt: number;
};

/** Which deliveries a list is of; `from` ≤ the event's id < `to`. */
export type DeliveryFilter = {
  accountId?: string | undefined;
  destinationId?: string | undefined;
  state?: DeliveryState | undefined;
  statusCode?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/**
 * Deliveries after `after`, newest event first: of the next `window` in that order those that the filter lets through,
 * at most `limit`. Names all accounts unless the filter has one.
 */
export function selectDeliveriesOfAnyAccount(
  db: Database,
  filter: DeliveryFilter,
  after: DeliveryKey | null,
  window: number,
  limit: number,
) {
  const state = filter.state === undefined ? sql`` : sql`AND d.state = ${filter.state}`;
  const statusCode = filter.statusCode === undefined ? sql`` : sql`AND d.last_status_code = ${filter.statusCode}`;
  return all<DeliveryRow>(
    db,
    sql`
    SELECT ${DELIVERY_COLUMNS}
    FROM (${candidates(filter, after, window)}) c
    JOIN deliveries d ON d.event_id = c.event_id AND d.destination = c.destination
    LEFT JOIN destinations x ON x.key = d.destination
    JOIN events e ON e.event_id = d.event_id
    JOIN accounts a ON a.id = e.account
    WHERE a.account_id IS NOT NULL ${state} ${statusCode}
    ORDER BY d.event_id DESC, d.destination DESC LIMIT ${limit}`,
  );
}

/** The last delivery of that window, if it is full: where the next one begins. */
export function selectEndOfWindow(db: Database, filter: DeliveryFilter, after: DeliveryKey | null, window: number) {
  return all<DeliveryKey>(
    db,
    sql`
    SELECT event_id AS eventId, destination FROM (${candidates(filter, after, window)}) LIMIT 1 OFFSET ${window - 1}`,
  );
}

/** By an index in the order of the list, whatever the filter: an account's through its events, a destination's likewise. */
function candidates(filter: DeliveryFilter, after: DeliveryKey | null, window: number) {
  const range = sql`d.event_id >= ${filter.from ?? ""} AND d.event_id < ${filter.to ?? "evt_~"}`;
  const rest = after === null ? sql`` : sql`AND (d.event_id, d.destination) < (${after.eventId}, ${after.destination})`;
  if (filter.destinationId !== undefined) {
    const upTo = after === null ? sql`` : sql`AND e.event_id <= ${after.eventId}`;
    const account = filter.accountId === undefined ? sql`` : sql`AND x.account = ${idOf(filter.accountId)}`;
    return sql`
      SELECT d.event_id, d.destination FROM destinations x JOIN events e ON e.account = x.account
      JOIN deliveries d ON d.event_id = e.event_id AND d.destination = x.key
      WHERE x.destination_id = ${filter.destinationId} ${account}
        AND e.event_id >= ${filter.from ?? ""} AND e.event_id < ${filter.to ?? "evt_~"} ${upTo} ${rest}
      ORDER BY e.event_id DESC LIMIT ${window}`;
  }
  if (filter.accountId !== undefined) {
    const upTo = after === null ? sql`` : sql`AND e.event_id <= ${after.eventId}`;
    return sql`
      SELECT d.event_id, d.destination FROM events e JOIN deliveries d ON d.event_id = e.event_id
      WHERE e.account = ${idOf(filter.accountId)}
        AND e.event_id >= ${filter.from ?? ""} AND e.event_id < ${filter.to ?? "evt_~"} ${upTo} ${rest}
      ORDER BY e.event_id DESC, d.destination DESC LIMIT ${window}`;
  }
  return sql`
    SELECT d.event_id, d.destination FROM deliveries d WHERE ${range} ${rest}
    ORDER BY d.event_id DESC, d.destination DESC LIMIT ${window}`;
}

/** All deliveries of one event, in the order of their destinations. */
export function selectDeliveriesOfEvent(db: Database, eventId: string) {
  return all<DeliveryRow>(
    db,
    sql`
    SELECT ${DELIVERY_COLUMNS}
    FROM deliveries d LEFT JOIN destinations x ON x.key = d.destination
    JOIN events e ON e.event_id = d.event_id JOIN accounts a ON a.id = e.account
    WHERE d.event_id = ${eventId} AND a.account_id IS NOT NULL
    ORDER BY d.destination`,
  );
}

export function selectDeliveryOfAnyAccount(db: Database, { eventId, destination }: DeliveryKey) {
  return all<DeliveryRow>(
    db,
    sql`
    SELECT ${DELIVERY_COLUMNS}
    FROM deliveries d LEFT JOIN destinations x ON x.key = d.destination
    JOIN events e ON e.event_id = d.event_id JOIN accounts a ON a.id = e.account
    WHERE d.event_id = ${eventId} AND d.destination = ${destination} AND a.account_id IS NOT NULL`,
  );
}

/** A parked delivery's next attempt is when its destination has its turn. */
const DELIVERY_COLUMNS = sql`
  d.event_id AS eventId, d.destination, a.account_id AS accountId, x.destination_id AS destinationId, d.state, d.reason,
  d.attempt_count AS attemptCount, d.last_status_code AS lastStatusCode, d.created_at AS createdAt, d.updated_at AS updatedAt,
  CASE WHEN d.state = 'pending' AND d.next_attempt_at IS NULL THEN max(coalesce(d.not_before, 0), coalesce(x.wake_at, 0))
       ELSE d.next_attempt_at END AS nextAttemptAt`;

/** What is kept of an attempt. */
export type AttemptFields = {
  startedAt: number;
  durationMs: number;
  outcome: AttemptOutcome;
  statusCode: number | null;
  detail: string | null;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
};
export type AttemptRow = AttemptFields & { number: number };

/** The attempts of a delivery, the first one first. */
export function selectAttempts(db: Database, { eventId, destination }: DeliveryKey) {
  return db
    .select({
      number: attempts.number,
      startedAt: attempts.startedAt,
      durationMs: attempts.durationMs,
      outcome: attempts.outcome,
      statusCode: attempts.statusCode,
      detail: attempts.detail,
      responseHeaders: attempts.responseHeaders,
      responseBody: attempts.responseBody,
    })
    .from(attempts)
    .where(and(eq(attempts.eventId, eventId), eq(attempts.destination, destination)))
    .orderBy(attempts.number);
}
