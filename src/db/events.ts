/** Statements on events, but for lists, see `event-lists`. Unexecuted, unless they say otherwise; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import type { AccountScope } from "../vocabulary/account-scope";
import { DELIVERY_STATES } from "../vocabulary/states";
import { inScope } from "./accounts";
import { CHECKED_REVISION, catalogueBeyond } from "./catalogues";
import { all, type Database, run } from "./database";
import { IN_FLIGHT } from "./engine/flights";
import { type Lease, WANTED_COLUMNS } from "./engine/leases";
import { EVENT_TYPE, typeOfIncoming } from "./event-types";

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

/** An event that was compared with the schema of its type, as far as the isolate knows the account's catalogue. */
export type CheckedEvent = NewEvent & {
  /** Of that catalogue; 0 where it knows none. */
  catalogueRevision: number;
  /** JSON of how it breaks its schema, see the table; null where it does not. */
  schemaErrors: string | null;
  /** It breaks one that refuses: it is not stored. */
  refused: boolean;
};

/**
 * Stores the event for the account of its token, with its type and those of its headers that the account passes on. Nothing happens
 * when the token is not live or the event is there, nor where the account is
 * suspended, its storage is full or its catalogue another than the event was checked against: except for what was `promised`.
 */
export function insertEvent(db: Database, event: CheckedEvent, promised: boolean) {
  return run(
    db,
    sql`
    INSERT INTO events (event_id, account, idempotency_key, payload_digest, size_bytes, received_at, payload,
                        content_type, forwarded_headers, hops, event_type)
    SELECT ${event.eventId}, t.account, ${event.idempotencyKey}, ${event.payloadDigest}, ${event.sizeBytes},
           ${event.receivedAt}, i.payload, ${event.contentType}, ${FORWARDED},
           nullif(${event.hops}, 0), ${typeOfIncoming(sql`i.headers`, sql`i.payload`)}
    FROM tokens t JOIN accounts a ON a.id = t.account
    CROSS JOIN (SELECT ${event.payload} AS payload, ${event.incomingHeaders} AS headers) i
    WHERE t.token_hash = ${event.tokenHash} AND (t.expires_at IS NULL OR t.expires_at > ${event.receivedAt})
      ${promised ? sql`` : sql`AND NOT a.storage_full AND a.suspended_at IS NULL AND ${CHECKED_REVISION} = ${event.catalogueRevision}`}
    ON CONFLICT DO NOTHING`,
  );
}

/** The headers that the account `a` names, whole or by how they begin; null when there are none. */
const FORWARDED = sql`(
    SELECT nullif(json_group_object(h.key, h.value), '{}') FROM json_each(i.headers) h
    WHERE EXISTS (SELECT 1 FROM json_each(a.forward_headers) p
                  WHERE p.value IN (h.key, substr(h.key, 1, length(p.value) - 1) || '*')))`;

/** How an event breaks its schema, as JSON, by which revision of its account's catalogue. */
export type BrokenEvent = { eventId: string; revision: number; errors: string };

/** Marks those of the events that are stored, while that is the catalogue; null where there is none to mark. */
export function insertSchemaErrors(db: Database, broken: BrokenEvent[]) {
  if (broken.length === 0) return null;
  return run(
    db,
    sql`
    INSERT INTO schema_errors (event_id, errors)
    SELECT e.event_id, j.value ->> 'errors' FROM json_each(${JSON.stringify(broken)}) j
    CROSS JOIN events e ON e.event_id = j.value ->> 'eventId'
    CROSS JOIN accounts a ON a.id = e.account AND ${CHECKED_REVISION} = j.value ->> 'revision'
    WHERE true ON CONFLICT DO NOTHING`,
  );
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
  eventType: string | null;
  /** How many of its deliveries have their row, but for what was filtered out. */
  rowCount: number;
  /** JSON array of the destinations that it is on its first way to; and under which lease, null where it is on none. */
  inFlight: string;
  lease: string | null;
  /**
   * JSON array of deliveries to destinations that do not ask for everything, and of which it is not recorded yet whether they
   * ask for this: those that nobody has leased, and all of an event that came before.
   */
  waiting: string;
  /** Events a second that the account may send; null is the default. */
  rateLimit: number | null;
  /** Of the catalogue that its events are checked against now. */
  catalogueRevision: number | null;
  /** JSON of that, where it is another than the event was checked against; for the first of those that share both. */
  catalogue: string | null;
};

/** What became of each event, in order. */
export function selectStoredEvents(db: Database, items: CheckedEvent[]) {
  const known = items.map((item) => `${item.tokenHash} ${item.catalogueRevision}`);
  const asked = JSON.stringify(
    items.map((item, i) => ({
      id: item.eventId,
      hash: item.tokenHash,
      key: item.idempotencyKey,
      now: item.receivedAt,
      // with null nothing is another one
      revision: known.indexOf(known[i] ?? "") === i ? item.catalogueRevision : null,
    })),
  );
  return all<StoredEvent>(
    db,
    sql`
    SELECT j.value ->> 'id' AS itemId, a.account_id AS account, a.storage_full AS storageFull, a.suspended_at AS suspendedAt,
           e.event_id AS eventId,
           e.payload_digest AS payloadDigest, e.forwarded_headers AS forwardedHeaders, e.event_type AS eventType,
           a.rate_limit AS rateLimit, ${CHECKED_REVISION} AS catalogueRevision,
           ${catalogueBeyond(sql`j.value ->> 'revision'`)} AS catalogue,
           (SELECT count(*) FROM deliveries d WHERE d.event_id = e.event_id AND d.state <> 'filtered') AS rowCount,
           (SELECT json_group_array(l.destination) FROM (${IN_FLIGHT}) l WHERE l.event_id = e.event_id) AS inFlight,
           (SELECT f.lease FROM flights f WHERE f.event_id = e.event_id) AS lease, (
             SELECT json_group_array(json_object('destination', w.key, 'eventTypes', w.eventTypes, 'filter', w.filter,
                                                 'filterRevision', w.filterRevision))
             FROM (
               SELECT x.key, ${WANTED_COLUMNS} FROM deliveries d JOIN destinations x ON x.key = d.destination
               WHERE d.event_id = e.event_id AND d.state = 'pending' AND d.attempt_count = 0 AND d.first_detail IS NULL
                 AND (d.lease IS NULL OR ${CAME_BEFORE})
               UNION ALL
               SELECT x.key, ${WANTED_COLUMNS} FROM (${IN_FLIGHT}) l JOIN destinations x ON x.key = l.destination
               WHERE l.event_id = e.event_id AND ${CAME_BEFORE}) w
             WHERE w.eventTypes IS NOT NULL OR w.filter IS NOT NULL) AS waiting
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

/** Whether the event `e`, which stands for the one that was sent, is another. */
const CAME_BEFORE = sql`e.event_id <> j.value ->> 'id'`;

/** An event as lists show it; `counts` is a JSON object of its deliveries by state. */
export type EventRow = {
  eventId: string;
  accountId: string;
  eventType: string | null;
  idempotencyKey: string | null;
  sizeBytes: number;
  receivedAt: number;
  counts: string;
  /** JSON of how it breaks the schema of its type; null where it does not, or none was checked. */
  schemaErrors: string | null;
};

const IN_FLIGHT_OF_EVENT = sql`(SELECT count(*) FROM (${IN_FLIGHT}) l WHERE l.event_id = e.event_id)`;

export const EVENT_COLUMNS = sql`
  e.event_id AS eventId, a.account_id AS accountId, ${EVENT_TYPE} AS eventType, e.idempotency_key AS idempotencyKey,
  e.size_bytes AS sizeBytes, e.received_at AS receivedAt,
  (SELECT b.errors FROM schema_errors b WHERE b.event_id = e.event_id) AS schemaErrors,
  (SELECT json_object(${sql.raw(
    DELIVERY_STATES.map((state) => `'${state}', count(*) FILTER (WHERE d.state = '${state}')`).join(", "),
  )}, 'inFlight', ${IN_FLIGHT_OF_EVENT}) FROM deliveries d WHERE d.event_id = e.event_id) AS counts`;

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
