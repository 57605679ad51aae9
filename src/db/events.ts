/** Statements on events. Unexecuted, unless they say otherwise; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { type AccountScope, ANY_ACCOUNT, type OneScope } from "../vocabulary/account-scope";
import { jsonSpellings } from "../vocabulary/json-spellings";
import type { DeliveryState } from "../vocabulary/states";
import { idOf, inScope } from "./accounts";
import { all, type Database, run } from "./database";
import { IN_FLIGHT } from "./engine/flights";
import type { Lease } from "./engine/leases";
import { type EventRange, eventIdBounds } from "./event-range";

export type NewEvent = {
  eventId: string;
  tokenHash: string;
  idempotencyKey: string | null;
  payloadDigest: string | null;
  payload: string;
  /** Null for `application/json`. */
  contentType: string | null;
  /** A JSON object of names, lower-case, and values: of these the account's are kept. */
  incomingHeaders: string | null;
  /** Through how many gateways it came. */
  hops: number;
  sizeBytes: number;
  receivedAt: number;
};

/**
 * Stores the event for the account of its token, with those of its headers that the account passes on. Nothing happens
 * when the token is not live or the event is there, nor where the account is
 * suspended or its storage is full: except for what was `promised`.
 */
export function insertEvent(db: Database, event: NewEvent, promised: boolean) {
  return run(
    db,
    sql`
    INSERT INTO events (event_id, account, idempotency_key, payload_digest, size_bytes, received_at, payload,
                        content_type, forwarded_headers, hops)
    SELECT ${event.eventId}, t.account, ${event.idempotencyKey}, ${event.payloadDigest}, ${event.sizeBytes},
           ${event.receivedAt}, ${event.payload}, ${event.contentType}, ${forwardedOf(event.incomingHeaders)},
           nullif(${event.hops}, 0)
    FROM tokens t JOIN accounts a ON a.id = t.account
    WHERE t.token_hash = ${event.tokenHash} AND (t.expires_at IS NULL OR t.expires_at > ${event.receivedAt})
      ${promised ? sql`` : sql`AND NOT a.storage_full AND a.suspended_at IS NULL`}
    ON CONFLICT DO NOTHING`,
  );
}

/** The headers that the account `a` names, whole or by how they begin; null when there are none. */
function forwardedOf(incomingHeaders: string | null) {
  if (incomingHeaders === null) return sql`NULL`;
  return sql`(
    SELECT nullif(json_group_object(h.key, h.value), '{}') FROM json_each(${incomingHeaders}) h
    WHERE EXISTS (SELECT 1 FROM json_each(a.forward_headers) p
                  WHERE p.value IN (h.key, substr(h.key, 1, length(p.value) - 1) || '*')))`;
}

export type TestEvent = { eventId: string; destinationId: string; payload: string; lease: Lease; now: number };

/**
 * Stores an event of the destination's account, on its way to that destination alone; nothing when the
 * destination is unknown, or its account suspended.
 */
export function insertTestEvent(db: Database, test: TestEvent) {
  const { eventId, destinationId, payload, lease, now } = test;
  return {
    event: run(
      db,
      sql`
      INSERT INTO events (event_id, account, size_bytes, received_at, payload, kind)
      SELECT ${eventId}, account, length(CAST(${payload} AS BLOB)), ${now}, ${payload}, 'test'
      FROM destinations WHERE destination_id = ${destinationId} AND removed_at IS NULL
        AND disabled_reason IS NOT 'account_suspended'`,
    ),
    flight: run(
      db,
      sql`
      INSERT INTO flights (event_id, destinations, lease, begun_at, due_at)
      SELECT e.event_id, json_array(x.key), ${lease.name}, ${now}, ${lease.until}
      FROM destinations x JOIN events e ON e.event_id = ${eventId}
      WHERE x.destination_id = ${destinationId} AND x.removed_at IS NULL`,
    ),
  };
}

/** What the database made of an event: whose it is, and which event stands for it (another one for a repeated key). */
export type StoredEvent = {
  itemId: string;
  account: string | null;
  storageFull: number | null;
  suspendedAt: number | null;
  eventId: string | null;
  payloadDigest: string | null;
  forwardedHeaders: string | null;
  deliveryCount: number;
  /** Events a second that the account may send; null is the default. */
  rateLimit: number | null;
};

/** What became of each event, in order. */
export function selectStoredEvents(db: Database, items: NewEvent[]) {
  const asked = JSON.stringify(
    items.map((item) => ({ id: item.eventId, hash: item.tokenHash, key: item.idempotencyKey, now: item.receivedAt })),
  );
  return all<StoredEvent>(
    db,
    sql`
    SELECT j.value ->> 'id' AS itemId, a.account_id AS account, a.storage_full AS storageFull, a.suspended_at AS suspendedAt,
           e.event_id AS eventId,
           e.payload_digest AS payloadDigest, e.forwarded_headers AS forwardedHeaders, a.rate_limit AS rateLimit,
           ${deliveriesCounted()} AS deliveryCount
    FROM json_each(${asked}) j
    LEFT JOIN tokens t ON t.token_hash = j.value ->> 'hash'
      AND (t.expires_at IS NULL OR t.expires_at > j.value ->> 'now')
    LEFT JOIN accounts a ON a.id = t.account
    LEFT JOIN events e ON e.event_id = CASE
      WHEN j.value ->> 'key' IS NULL THEN j.value ->> 'id'
      ELSE (SELECT k.event_id FROM events k WHERE k.account = t.account AND k.idempotency_key = j.value ->> 'key')
    END
    ORDER BY j.key`,
  );
}

/** An event as lists show it, with its deliveries counted by state. */
export type EventRow = {
  eventId: string;
  accountId: string;
  idempotencyKey: string | null;
  sizeBytes: number;
  receivedAt: number;
  pending: number;
  delivered: number;
  exhausted: number;
  discarded: number;
};

/** Which events a list is of: in the range, with a delivery in that state, with that text in the payload. */
export type EventFilter = EventRange & {
  state?: DeliveryState | undefined;
  text?: string | undefined;
};

/** How far a list looks for one page: at most so many events, and so many bytes of payload where payloads are read. */
export type SearchWindow = { events: number; bytes: number };

const EVENT_COLUMNS = sql`
  e.event_id AS eventId, a.account_id AS accountId, e.idempotency_key AS idempotencyKey, e.size_bytes AS sizeBytes,
  e.received_at AS receivedAt,
  ${deliveriesCounted("pending")} AS pending, ${deliveriesCounted("delivered")} AS delivered,
  ${deliveriesCounted("exhausted")} AS exhausted, ${deliveriesCounted("discarded")} AS discarded`;

/** How many deliveries the event `e` has, in that state. SQLite cannot count over the view by a key, so both parts are counted. */
function deliveriesCounted(state?: DeliveryState): SQL {
  const inState = state === undefined ? sql`` : sql`AND d.state = ${state}`;
  const withRow = sql`(SELECT count(*) FROM deliveries d WHERE d.event_id = e.event_id ${inState})`;
  const inFlight = sql`(SELECT count(*) FROM (${IN_FLIGHT}) l WHERE l.event_id = e.event_id)`;
  return state === undefined || state === "pending" ? sql`(${withRow} + ${inFlight})` : withRow;
}

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
        WHERE o.account_id IS NOT NULL AND c.bytes_before < ${window.bytes} ${inState(sql`c`, filter)} ${text}
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
      WHERE ${inScope(account)} AND k.event_id >= ${from} AND k.event_id < ${before} ${inState(sql`k`, filter)}`;
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

/** One event with its payload, which is null once it is wiped. */
export function selectEvent(db: Database, account: AccountScope, eventId: string) {
  return all<EventRow & { payload: string | null; wipedAt: number | null }>(
    db,
    sql`
    SELECT ${EVENT_COLUMNS}, CASE WHEN e.wiped_at IS NULL THEN e.payload END AS payload, e.wiped_at AS wipedAt
    FROM events e JOIN accounts a ON a.id = e.account
    WHERE e.event_id = ${eventId} AND ${inScope(account)}`,
  );
}
