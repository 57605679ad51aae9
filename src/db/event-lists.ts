/** Statements that list events, and search them. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { ANY_ACCOUNT, type OneScope } from "../vocabulary/account-scope";
import { jsonSpellings } from "../vocabulary/json-spellings";
import type { DeliveryState } from "../vocabulary/states";
import { idOf, inScope } from "./accounts";
import { all, type Database } from "./database";
import { type EventRange, eventIdBounds } from "./event-range";
import { ofType } from "./event-types";
import { EVENT_COLUMNS, type EventRow } from "./events";

/** Which events a list is of: in the range, with a delivery in that state, of that type, with that text in the payload. */
export type EventFilter = EventRange & {
  state?: DeliveryState | undefined;
  type?: string | undefined;
  text?: string | undefined;
};

/** How far a list looks for one page: at most so many events, and so many bytes of payload where payloads are read. */
export type SearchWindow = { events: number; bytes: number };

/** Newest first, at most `limit` of those in the window, which begins after the event `after`. */
export function selectEvents(
  db: Database,
  account: OneScope,
  filter: EventFilter,
  after: string | null,
  window: SearchWindow,
  limit: number,
) {
  const payload = filter.text === undefined ? sql`` : sql`CROSS JOIN events p ON p.event_id = c.event_id`;
  const text = filter.text === undefined ? sql`` : sql`AND (${holds(filter.text)})`;
  const keyed = filter.text === undefined || after !== null ? sql`` : sql`UNION ${withKey(account, filter)}`;
  return all<EventRow>(
    db,
    sql`
    WITH looked_at AS (${candidates(account, filter, after, window)}),
    found AS (
      SELECT * FROM (
        SELECT c.event_id
        FROM looked_at c
        CROSS JOIN accounts o ON o.id = c.account ${payload}
        WHERE o.account_id IS NOT NULL AND c.bytes_before < ${window.bytes} ${inState(sql`c`, filter)} ${ofType(sql`c`, filter.type)} ${text}
        ORDER BY c.event_id DESC LIMIT ${limit})
      ${keyed}
      ORDER BY 1 DESC LIMIT ${limit}
    )
    SELECT ${EVENT_COLUMNS}
    FROM found f
    CROSS JOIN events e ON e.event_id = f.event_id
    CROSS JOIN accounts a ON a.id = e.account
    ORDER BY e.event_id DESC`,
  );
}

/** And that the event has a delivery in the filter's state. */
function inState(event: SQL, { state }: EventFilter): SQL {
  if (state === undefined) return sql``;
  const deliveries = sql.raw(state === "pending" ? "all_deliveries" : "deliveries");
  return sql`AND EXISTS (SELECT 1 FROM ${deliveries} d WHERE d.event_id = ${event}.event_id AND d.state = ${state})`;
}

/** That the payload, however it was escaped, or the idempotency key of the event `p` contains the text. */
function holds(text: string) {
  const spellings = jsonSpellings(text).map((one) => sql`instr(p.payload, ${one}) > 0`);
  return sql.join([...spellings, sql`instr(p.idempotency_key, ${text}) > 0`], sql` OR `);
}

/** The events in the range whose idempotency key is the very text, however old: an index entry of each account. */
function withKey(account: OneScope, filter: EventFilter) {
  const { from, before } = eventIdBounds(filter);
  return sql`
      SELECT k.event_id FROM accounts a CROSS JOIN events k ON k.account = a.id AND k.idempotency_key = ${filter.text}
      WHERE ${inScope(account)} AND k.event_id >= ${from} AND k.event_id < ${before} ${inState(sql`k`, filter)} ${ofType(sql`k`, filter.type)}`;
}

/** The last event in that window, and whether there may be more behind it. */
export function selectEndOfEventWindow(
  db: Database,
  account: OneScope,
  filter: EventFilter,
  after: string | null,
  window: SearchWindow,
) {
  return all<{ eventId: string | null; cut: number }>(
    db,
    sql`
    SELECT min(event_id) FILTER (WHERE bytes_before < ${window.bytes}) AS eventId,
           count(*) = ${window.events} OR coalesce(max(bytes_before) >= ${window.bytes}, 0) AS cut
    FROM (${candidates(account, filter, after, window)})`,
  );
}

/** The newest events in the range, by an index, with the bytes of the payloads that are read before theirs. */
function candidates(account: OneScope, filter: EventFilter, after: string | null, window: SearchWindow) {
  const owned = account === ANY_ACCOUNT ? sql`` : sql`AND account = ${idOf(account)}`;
  const { from, before } = eventIdBounds(filter);
  const end = after !== null && after < before ? after : before;
  const range = sql`event_id < ${end} AND event_id >= ${from} ${owned}`;
  const newest = sql`FROM events WHERE ${range} ORDER BY event_id DESC LIMIT ${window.events}`;
  if (filter.text === undefined) return sql`SELECT event_id, account, 0 AS bytes_before ${newest}`;
  return sql`
    SELECT event_id, account,
           sum(size_bytes) OVER (ORDER BY event_id DESC ROWS UNBOUNDED PRECEDING) - size_bytes AS bytes_before
    FROM (SELECT event_id, account, size_bytes ${newest})`;
}
