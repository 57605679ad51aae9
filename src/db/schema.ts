/**
 * What is stored, how, and for how long. Times are integer milliseconds since 1970.
 *
 * | what | how | until |
 * |---|---|---|
 * | account tokens | SHA-256, never the token | rotated out, or the account is removed |
 * | operators' keys | SHA-256 and the last four characters, never the key | revoked |
 * | portal links | for whom and until when; the signed text is nowhere | revoked, `RETENTION_DAYS` once ended, or the account is removed |
 * | forms of the pages | SHA-256; the answer, with what it shows once sealed with AES-GCM | the next form after ten minutes |
 * | destination URLs, headers, signing secrets | sealed with AES-GCM | the destination is removed |
 * | payloads, answers of receivers | text as received | `RETENTION_DAYS`, the event is wiped, or the account is removed |
 * | sessions of the pages | SHA-256 of what the cookie holds | signing out, 2 hours without use, 12 hours, or the end of its key or link |
 * | audit trail | who changed what, without secrets | `AUDIT_DAYS` |
 * | accounts' names, e-mails and settings | text | the account is removed |
 * | destinations' URLs with masked queries, descriptions, settings | text | the destination is removed; its name in past deliveries as long as these |
 * | catalogues of event types: descriptions, schemas, examples | text | removed, or the account is |
 * | forwarded headers, idempotency keys | text as received | as long as their event |
 * | how an event breaks its schema: places and names in its payload | text | as the event, or until it is wiped |
 * | deliveries, attempts, recoveries | times, outcomes, statuses | as long as their event; recoveries `RETENTION_DAYS` |
 * | dead letters | the queue's message, with the payload where it holds an event | sent again, `RETENTION_DAYS`, or the account is removed |
 * | alerts | what happened how often, and the first few ids | two days, or the account is removed |
 * | statistics | counts, of nobody's content | 2 days by the minute, 31 days by the hour |
 *
 * Every index touched is a row written and billed, so each has the query it exists for beside it.
 */
import { sql } from "drizzle-orm";
import {
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  sqliteView,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Actor } from "../vocabulary/actor";
import type { HttpMethod } from "../vocabulary/http-method";
import type { OperatorRole, PortalRole } from "../vocabulary/roles";
import type { SignatureScheme } from "../vocabulary/signature-scheme";
import type {
  AttemptOutcome,
  DeliveryReason,
  DeliveryState,
  DisabledReason,
  RecoveryState,
} from "../vocabulary/states";
import type { Validation } from "../vocabulary/validation";

/**
 * Tenants. The integer is what everything else refers to, so that a removed account frees its `account_id` and e-mail
 * at once while its events still go in chunks.
 */
export const accounts = sqliteTable(
  "accounts",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    accountId: text("account_id").unique(),
    email: text("email").notNull(),
    /** The e-mail in lower case: unique without regard to case. Null once the account is removed. */
    emailKey: text("email_key").unique(),
    accountName: text("account_name").notNull(),
    /** The name as searches compare it: NFC, in lower case. Null until it is next written, for names from before. */
    nameKey: text("name_key"),
    website: text("website"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    removedAt: integer("removed_at"),
    /** `operations` is the account of operational events, which no customer can take. */
    kind: text("kind").$type<"customer" | "operations">().notNull().default("customer"),
    /** Incoming headers that are kept with an event and sent on. */
    forwardHeaders: text("forward_headers", { mode: "json" }).$type<string[]>(),
    /** Events a second that it may send; null is the default. */
    rateLimit: integer("rate_limit"),
    /** Bytes that its events take, about, as the cron last counted them, see db/upkeep/stored-bytes. */
    storedBytes: integer("stored_bytes").notNull().default(0),
    /** Set by the cron while the database is nearly full and this account is above its share. */
    storageFull: integer("storage_full", { mode: "boolean" }).notNull().default(false),
    /** Since when the operator lets it neither send nor receive; null while it may. */
    suspendedAt: integer("suspended_at"),
    /** Names of destinations' headers whose values are no secret of this account's. */
    publicHeaders: text("public_headers", { mode: "json" }).$type<string[]>(),
    /** Where its events have their type, see event-types: a path in the payload, and the name of a header. */
    eventTypePath: text("event_type_path"),
    eventTypeHeader: text("event_type_header"),
    /** Goes up with each change of its catalogue, see `event_types`; negative while no schema in it is checked, 0 before the first change. */
    catalogueRevision: integer("catalogue_revision").notNull().default(0),
  },
  (table) => [
    // the cron's removal of what is left of removed accounts
    index("accounts_removed").on(table.removedAt).where(sql`removed_at IS NOT NULL`),
    // the account of operational events: one at the most
    uniqueIndex("accounts_operations").on(table.kind).where(sql`kind = 'operations' AND removed_at IS NULL`),
    // which accounts the cron may let store again
    index("accounts_storage_full").on(table.storageFull).where(sql`storage_full`),
  ],
);

/** Live tokens of accounts, by their SHA-256. */
export const tokens = sqliteTable(
  "tokens",
  {
    tokenHash: text("token_hash").primaryKey(),
    account: integer("account")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    /** Null while the token is the current one; set when it was rotated. */
    expiresAt: integer("expires_at"),
    /** By which people name it and know it again; null for tokens from before they were kept. */
    tokenId: text("token_id").unique(),
    lastFour: text("last_four"),
    /** Which of `TOKEN_KEYS` signed it, see security/keyring; null for tokens from before that was kept. */
    signedBy: text("signed_by"),
  },
  (table) => [index("tokens_account").on(table.account)],
);

/** An account's catalogue: what it says of the types of its events. */
export const eventTypes = sqliteTable(
  "event_types",
  {
    account: integer("account")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    type: text("type").notNull(),
    description: text("description").notNull(),
    validation: text("validation").$type<Validation>().notNull(),
    /** JSON as it was written; null is none. */
    schema: text("schema"),
    example: text("example"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    // an account's types, by name
    primaryKey({ columns: [table.account, table.type] }),
  ],
);

/** Links that open the portal for one account. */
export const portalLinks = sqliteTable(
  "portal_links",
  {
    linkId: text("link_id").primaryKey(),
    account: integer("account")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** For whom it is, as whoever made it says. */
    name: text("name").notNull().default(""),
    role: text("role").$type<PortalRole>().notNull().default("editor"),
    lastUsedAt: integer("last_used_at"),
    /** Lets in once; null lets in until it ends. */
    singleUse: integer("single_use", { mode: "boolean" }).notNull().default(false),
    signedBy: text("signed_by"),
  },
  (table) => [
    // an account's links, newest first
    index("portal_links_account").on(table.account, table.linkId),
  ],
);

/** Who is signed in to the pages, by the SHA-256 of what the cookie holds. */
export const sessions = sqliteTable(
  "sessions",
  {
    sessionHash: text("session_hash").primaryKey(),
    /** What it was opened with: an operator's key, `ADMIN_TOKEN` with a mark of its value, or a portal link. */
    openedWith: text("opened_with").notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    // all sessions of a key or link, to end them
    index("sessions_opened_with").on(table.openedWith),
    // the cron's removal of those that have ended
    index("sessions_ended").on(table.expiresAt),
  ],
);

/** Forms that were sent lately, so that one that comes twice acts once. */
export const submissions = sqliteTable("submissions", {
  /** The SHA-256 of whose form it is, its one-time token and all it says. */
  submissionHash: text("submission_hash").primaryKey(),
  /** The answer to give again; null while the first one is being worked on. */
  answer: text("answer"),
  createdAt: integer("created_at").notNull(),
});

/** Keys of operators besides `ADMIN_TOKEN`, by their SHA-256. */
export const operatorKeys = sqliteTable("operator_keys", {
  keyId: text("key_id").primaryKey(),
  keyHash: text("key_hash").notNull().unique(),
  name: text("name").notNull(),
  role: text("role").$type<OperatorRole>().notNull(),
  /** By which people know a key again. */
  lastFour: text("last_four").notNull(),
  createdAt: integer("created_at").notNull(),
  lastUsedAt: integer("last_used_at"),
  /** When it stops; null is never. */
  expiresAt: integer("expires_at"),
  /** The `account_id`s that it is limited to; null is any account. */
  accounts: text("accounts", { mode: "json" }).$type<string[]>(),
  /** Who made it; empty for keys from before that was kept. */
  createdBy: text("created_by").notNull().default(""),
  /** Which of `TOKEN_KEYS` signed it; null for keys from before that was kept. */
  signedBy: text("signed_by"),
});

/** Where an account's events go, and how well that works. A removed one stays as a name for its past deliveries. */
export const destinations = sqliteTable(
  "destinations",
  {
    /** The last 40 bits of `destination_id`, see vocabulary/ids. */
    key: integer("key").primaryKey(),
    destinationId: text("destination_id").notNull().unique(),
    account: integer("account")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    /** As it may be shown: the values of its query are masked once `sealed_url` holds the whole. */
    url: text("url").notNull(),
    httpMethod: text("http_method").$type<HttpMethod>().notNull(),
    sealedHeaders: text("sealed_headers").notNull(),
    sealedSecrets: text("sealed_secrets").notNull(),
    description: text("description").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    disabledReason: text("disabled_reason").$type<DisabledReason>(),
    timeoutMs: integer("timeout_ms").notNull(),
    /** Seconds between attempts; null is the default schedule. */
    retrySchedule: text("retry_schedule", { mode: "json" }).$type<number[]>(),
    /** Cuts the schedule short; null leaves it whole. */
    maxAttempts: integer("max_attempts"),
    /** Failed attempts since the last success, and when the first of them was. */
    consecutiveFailures: integer("consecutive_failures").notNull().default(0),
    failingSince: integer("failing_since"),
    /** One in so many of its recent attempts arrived: how long a run of failures is nothing unusual for it. */
    attemptsPerSuccess: integer("attempts_per_success").notNull().default(1),
    /** How long its answers usually take, in coarse steps, so that it is seldom written. */
    usualDurationMs: integer("usual_duration_ms").notNull().default(0),
    /** When its next drain is due: a probe while the circuit is open, a chunk of what is held once it is closed. */
    wakeAt: integer("wake_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    removedAt: integer("removed_at"),
    /** The URL that is called; null for destinations from before it was sealed: then `url` is whole. */
    sealedUrl: text("sealed_url"),
    /** Which of `SEALING_KEYS` seals all that is sealed here; empty while that is not known. */
    sealedBy: text("sealed_by").notNull().default(""),
    /** By which its requests are signed; null is `v1` alone. */
    signatureSchemes: text("signature_schemes", { mode: "json" }).$type<SignatureScheme[]>(),
    /** Always null: the Ed25519 keys of `v1a` are among `sealed_secrets`, so that they are rotated and sealed anew with those. */
    sealedSigningKey: text("sealed_signing_key"),
    /** The public half of the newest of them; null until `v1a` is first asked for. */
    publicKey: text("public_key"),
    /** Patterns of the types that it gets; null is all. */
    eventTypes: text("event_types", { mode: "json" }).$type<string[]>(),
    /** The JSON of its filter, as it was written; null is none. */
    filter: text("filter"),
    /** Goes up with each change of these two. */
    filterRevision: integer("filter_revision").notNull().default(0),
    /** The expression that makes the body of what is sent; null sends events as they came. */
    transformation: text("transformation"),
    /** The JSON of the templates of path, query and headers; null is none. */
    templates: text("templates"),
    /** Since when it is paused, whatever the reason; null while it is not. */
    pausedAt: integer("paused_at"),
  },
  (table) => [
    // what the cron has to seal anew
    index("destinations_sealed_by").on(table.sealedBy),
    index("destinations_account").on(table.account),
    // whose drain is due
    index("destinations_wake").on(table.wakeAt).where(sql`wake_at IS NOT NULL`),
    // what fails now
    index("destinations_failing").on(table.failingSince).where(sql`failing_since IS NOT NULL`),
    // what is paused now
    index("destinations_paused").on(table.pausedAt).where(sql`paused_at IS NOT NULL`),
    // the cron's removal of names that no delivery bears any more
    index("destinations_removed").on(table.removedAt).where(sql`removed_at IS NOT NULL`),
  ],
);

/**
 * Accepted JSON bodies. A rowid table: in a `WITHOUT ROWID` one every comparison on the way down the tree would load a
 * whole payload. The payload comes last so that lists never read it.
 */
export const events = sqliteTable(
  "events",
  {
    eventId: text("event_id").primaryKey(),
    account: integer("account")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    idempotencyKey: text("idempotency_key"),
    /** SHA-256 of the payload, kept where an idempotency key may have to be compared. */
    payloadDigest: text("payload_digest"),
    sizeBytes: integer("size_bytes").notNull(),
    receivedAt: integer("received_at").notNull(),
    payload: text("payload").notNull(),
    /** Null is `application/json`. This and what follows is read only with the payload. */
    contentType: text("content_type"),
    /** The incoming headers that the account keeps, by name. */
    forwardedHeaders: text("forwarded_headers", { mode: "json" }).$type<Record<string, string>>(),
    /** Through how many gateways it came; null is none. */
    hops: integer("hops"),
    /** Null is an event that was sent in; a test is attempted once and says nothing of its destination. */
    kind: text("kind").$type<"test">(),
    /** When its payload and the answers to it were removed on purpose: then `payload` is empty and `size_bytes` is 0. */
    wipedAt: integer("wiped_at"),
    /** Lists read it in the index, not past the payload. */
    eventType: text("event_type"),
  },
  (table) => [
    // an account's events, newest first, with their types; the cascade
    index("events_account").on(table.account, table.eventId, table.eventType),
    uniqueIndex("events_idempotency").on(table.account, table.idempotencyKey).where(sql`idempotency_key IS NOT NULL`),
  ],
);

/** Events that break the schema of their type. A table of its own: in their row it would stand behind the payload. */
export const schemaErrors = sqliteTable("schema_errors", {
  eventId: text("event_id")
    .primaryKey()
    .references(() => events.eventId, { onDelete: "cascade" }),
  /** What is wrong where, the first few. */
  errors: text("errors", { mode: "json" }).$type<{ path: string; message: string }[]>().notNull(),
});

/**
 * Events on their first way: to whom one goes at once, under whose lease and until when. It is there from when the event
 * is stored until each of those deliveries has its row, with the outcome of its first attempt; so a delivery that
 * arrives at once is written once. A flight that outlasts its lease lands: what has no row yet gets one, due.
 *
 * `WITHOUT ROWID`, and without an index on `due_at`: it holds what is in the air this moment, so the table is its own.
 */
export const flights = sqliteTable("flights", {
  eventId: text("event_id")
    .primaryKey()
    .references(() => events.eventId, { onDelete: "cascade" }),
  /** `destinations.key` of each. */
  destinations: text("destinations", { mode: "json" }).$type<number[]>().notNull(),
  /** Who is attempting them now. */
  lease: text("lease").notNull(),
  begunAt: integer("begun_at").notNull(),
  /** The end of the lease. */
  dueAt: integer("due_at").notNull(),
});

/**
 * One event's way to one destination, with the first attempt; while that is on its way, `flights` stands for it. The row
 * is the schedule: a pending delivery is due at `next_attempt_at`, which
 * for a leased one is the end of the lease, so that one index finds what is due, what was lost and whose worker died.
 * A pending one without `next_attempt_at` is held: its destination's circuit is open, or its drain goes on, and it
 * waits for that one's `wake_at`.
 *
 * The migrations make it and `attempts` `WITHOUT ROWID`: rows read by their key, one row written instead of two; and give
 * it triggers, `deliveries_discarded` and `deliveries_discarded_at_once`, which count what is discarded.
 */
export const deliveries = sqliteTable(
  "deliveries",
  {
    eventId: text("event_id")
      .notNull()
      .references(() => events.eventId, { onDelete: "cascade" }),
    /** `destinations.key`; no foreign key, since removing a destination keeps the record of what it got. */
    destination: integer("destination").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    /** `event_wiped` whatever the state, once the event is: nothing more is sent, and no answer kept that comes later. */
    reason: text("reason").$type<DeliveryReason>(),
    attemptCount: integer("attempt_count").notNull().default(0),
    /** `attempt_count` when the present run of the retry schedule began: a person's redelivery starts a fresh one. */
    scheduleStart: integer("schedule_start").notNull().default(0),
    nextAttemptAt: integer("next_attempt_at"),
    /** A held delivery's own schedule: it is not used as a probe before. */
    notBefore: integer("not_before"),
    /** Who is attempting it now; only that one may record its outcome. */
    lease: text("lease"),
    lastStatusCode: integer("last_status_code"),
    /** Leases since the last one that ended in a record: each is longer than the one before. */
    unrecorded: integer("unrecorded").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** Of an event that a person sent to see what happens: its attempt is not counted. */
    isTest: integer("is_test", { mode: "boolean" }).notNull().default(false),
    /**
     * The first attempt; all null until then, and for deliveries from before, which have it among `attempts`. Of what was
     * filtered out `first_detail` says why, and with no outcome beside it goes on saying so when it is sent all the same.
     */
    firstStartedAt: integer("first_started_at"),
    firstDurationMs: integer("first_duration_ms"),
    firstOutcome: text("first_outcome").$type<AttemptOutcome>(),
    firstStatusCode: integer("first_status_code"),
    firstDetail: text("first_detail"),
    firstResponseHeaders: text("first_response_headers", { mode: "json" }).$type<Record<string, string>>(),
    firstResponseBody: text("first_response_body"),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.destination] }),
    // what is due
    index("deliveries_due").on(table.nextAttemptAt).where(sql`state = 'pending' AND next_attempt_at IS NOT NULL`),
    // what waits for its destination
    index("deliveries_held")
      .on(table.destination, table.notBefore, table.eventId)
      .where(sql`state = 'pending' AND next_attempt_at IS NULL`),
    // what did not arrive, to be recovered
    index("deliveries_failed").on(table.destination, table.eventId).where(sql`state IN ('exhausted', 'discarded')`),
  ],
);

/** HTTP requests of a delivery after its first, which is number 1. */
export const attempts = sqliteTable(
  "attempts",
  {
    eventId: text("event_id").notNull(),
    destination: integer("destination").notNull(),
    number: integer("number").notNull(),
    startedAt: integer("started_at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    outcome: text("outcome").$type<AttemptOutcome>().notNull(),
    statusCode: integer("status_code"),
    detail: text("detail"),
    responseHeaders: text("response_headers", { mode: "json" }).$type<Record<string, string>>(),
    responseBody: text("response_body"),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.destination, table.number] }),
    foreignKey({
      columns: [table.eventId, table.destination],
      foreignColumns: [deliveries.eventId, deliveries.destination],
    }).onDelete("cascade"),
  ],
);

/**
 * Every delivery in one shape: those that have a row, and those on their first way, leased to whoever began it. The types
 * of both are the same: otherwise SQLite would make the whole list before it looks for one.
 */
export const allDeliveries = sqliteView("all_deliveries", {
  eventId: text("event_id").notNull(),
  destination: integer("destination").notNull(),
}).as(sql`
  SELECT event_id, destination, state, reason, attempt_count, schedule_start, next_attempt_at, not_before, lease,
         last_status_code, unrecorded, created_at, updated_at, is_test, first_started_at, first_duration_ms, first_outcome,
         first_status_code, first_detail, first_response_headers, first_response_body
  FROM deliveries
  UNION ALL
  SELECT f.event_id, CAST(j.value AS INTEGER), CAST('pending' AS TEXT), CAST(NULL AS TEXT), CAST(0 AS INTEGER),
         CAST(0 AS INTEGER), f.due_at, CAST(NULL AS INTEGER), f.lease, CAST(NULL AS INTEGER), CAST(0 AS INTEGER),
         f.begun_at, f.begun_at, CAST(0 AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS TEXT),
         CAST(NULL AS INTEGER), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT)
  FROM flights f CROSS JOIN json_each(f.destinations) j
  WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = f.event_id AND d.destination = j.value)`);

/** Every attempt in one shape, the first one too. */
export const allAttempts = sqliteView("all_attempts", {
  eventId: text("event_id").notNull(),
  destination: integer("destination").notNull(),
}).as(sql`
  SELECT event_id, destination, CAST(1 AS INTEGER) AS number, first_started_at AS started_at,
         first_duration_ms AS duration_ms, first_outcome AS outcome, first_status_code AS status_code,
         first_detail AS detail, first_response_headers AS response_headers, first_response_body AS response_body
  FROM deliveries WHERE first_outcome IS NOT NULL
  UNION ALL
  SELECT event_id, destination, number, started_at, duration_ms, outcome, status_code, detail, response_headers,
         response_body
  FROM attempts`);

/** Jobs that send again what did not arrive at a destination between two times. */
export const recoveries = sqliteTable(
  "recoveries",
  {
    recoveryId: text("recovery_id").primaryKey(),
    destination: integer("destination")
      .notNull()
      .references(() => destinations.key, { onDelete: "cascade" }),
    state: text("state").$type<RecoveryState>().notNull(),
    /** Received in `from_time` ≤ time < `to_time`. */
    fromTime: integer("from_time").notNull(),
    toTime: integer("to_time").notNull(),
    /** Events are named by their time; those below `end_id` are in. */
    endId: text("end_id").notNull(),
    /** The events of the last step: after `step_from`, up to `step_to`; the next step goes on from there. */
    stepFrom: text("step_from").notNull(),
    stepTo: text("step_to").notNull(),
    /** Deliveries found when it began, and those sent again so far. */
    total: integer("total").notNull(),
    redelivered: integer("redelivered").notNull().default(0),
    /** What was filtered out is sent, too. */
    unmatched: integer("unmatched", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    // a destination's recoveries, newest first, and the running one among them
    index("recoveries_destination").on(table.destination, table.recoveryId),
  ],
);

/** How far the cron has come with what it cannot do at once: one row. */
export const storageCount = sqliteTable("storage_count", {
  id: integer("id").primaryKey(),
  /** The events up to this rowid are counted. */
  countedTo: integer("counted_to").notNull(),
  /**
   * The expired events that are looked at now: after `looked_from`, up to `looked_to`, the next ones go on from there.
   * Empty is their beginning, and their end. So what stays, since it is pending, is not read again every minute.
   */
  lookedFrom: text("looked_from").notNull().default(""),
  lookedTo: text("looked_to").notNull().default(""),
});

/** Messages of the queue that could not be processed. Kept for `RETENTION_DAYS`, as far as there is room for them. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    deadLetterId: text("dead_letter_id").primaryKey(),
    /** The queue's own id of the message: one is recorded once. */
    messageId: text("message_id").notNull().unique(),
    /** The message as JSON. */
    body: text("body").notNull(),
    reason: text("reason").notNull(),
    createdAt: integer("created_at").notNull(),
    /** Whose event it holds, so that it goes with the account; null where it holds none. */
    account: integer("account"),
    sizeBytes: integer("size_bytes").notNull().default(0),
  },
  (table) => [
    // those of a removed account; how many bytes there are, without reading the bodies
    index("dead_letters_account").on(table.account, table.deadLetterId, table.sizeBytes),
  ],
);

/**
 * What an operator is told, written in the transaction of its cause and raised as an operational event soon after. What
 * follows before that is added to the open row.
 */
export const alerts = sqliteTable(
  "alerts",
  {
    alertId: text("alert_id").primaryKey(),
    type: text("type").notNull(),
    /** `accounts.id`; 0 where it is about the gateway. */
    account: integer("account").notNull(),
    /** `destinations.key`; 0 where it is about the account or the gateway. */
    destination: integer("destination").notNull(),
    count: integer("count").notNull(),
    /** What more there is to say, of the first few. */
    details: text("details", { mode: "json" }).$type<Record<string, unknown>>(),
    firstAt: integer("first_at").notNull(),
    lastAt: integer("last_at").notNull(),
    raisedAt: integer("raised_at"),
    /** The operational event that tells of it. */
    eventId: text("event_id"),
  },
  (table) => [
    // what is to be raised, one row for each type and destination
    uniqueIndex("alerts_open").on(table.type, table.account, table.destination).where(sql`raised_at IS NULL`),
    // when the last of that type and account was raised, and what was told then
    index("alerts_raised").on(table.type, table.account, table.raisedAt).where(sql`raised_at IS NOT NULL`),
  ],
);

/** Who changed what, written with the change. The migration lets nothing be changed here, nor removed within a day. */
export const auditEntries = sqliteTable(
  "audit_entries",
  {
    entryId: text("entry_id").primaryKey(),
    at: integer("at").notNull(),
    /** Whose it is, by the id it had then; null where it is about the gateway. */
    accountId: text("account_id"),
    actor: text("actor", { mode: "json" }).$type<Actor>().notNull(),
    action: text("action").notNull(),
    /** The id of what was changed. */
    target: text("target").notNull(),
    /** What differed, without secrets; null where there was nothing before, or nothing after. */
    before: text("before", { mode: "json" }).$type<Record<string, unknown>>(),
    after: text("after", { mode: "json" }).$type<Record<string, unknown>>(),
    requestId: text("request_id").notNull(),
  },
  (table) => [
    // an account's entries, newest first
    index("audit_entries_account").on(table.accountId, table.entryId),
  ],
);

/** Upper bounds of the columns that count attempts by how long they took; the last is the longest timeout and a bit. */
export const DURATION_BOUNDS_MS = [
  5, 10, 20, 40, 70, 100, 150, 250, 400, 600, 1_000, 1_500, 2_500, 5_000, 10_000, 31_000,
] as const;

/**
 * What happened in a minute or an hour, see stats/stats. Its own key is its only index, so that a count is one row
 * written; what people look at is the newest end of it.
 */
export const stats = sqliteTable(
  "stats",
  {
    /**
     * `first` is a minute as well, of first attempts soon after their event came: those are counted from the deliveries,
     * while others, in `minute`, are counted when they are recorded. For destinations alone.
     */
    period: text("period").$type<"first" | "minute" | "hour">().notNull(),
    /** When the period begins. */
    time: integer("time").notNull(),
    /** A destination's key; an account's integer, negative; 0 for everything. */
    subject: integer("subject").notNull(),
    events: integer("events").notNull().default(0),
    delivered: integer("delivered").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    exhausted: integer("exhausted").notNull().default(0),
    discarded: integer("discarded").notNull().default(0),
    /** Discarded on arrival, because the destination was disabled. */
    skipped: integer("skipped").notNull().default(0),
    /** Not sent, because the destination does not ask for such events. */
    filtered: integer("filtered").notNull().default(0),
    ...durationColumns(),
  },
  (table) => [primaryKey({ columns: [table.period, table.time, table.subject] })],
);

/** `ms_5` counts attempts that took up to 5 ms, `ms_10` those up to 10 ms that are not in it, and so on. */
function durationColumns() {
  return Object.fromEntries(
    DURATION_BOUNDS_MS.map((bound) => [`ms${bound}`, integer(`ms_${bound}`).notNull().default(0)]),
  );
}
