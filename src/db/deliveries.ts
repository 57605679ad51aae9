/** Statements that read deliveries, but for lists, see `delivery-lists`. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import type { AccountScope } from "../vocabulary/account-scope";
import type { HttpMethod } from "../vocabulary/http-method";
import type { AttemptOutcome, DeliveryReason, DeliveryState } from "../vocabulary/states";
import { inScope } from "./accounts";
import { all, type Database } from "./database";
import { IS_PAUSED } from "./engine/routes";
import { EVENT_TYPE } from "./event-types";

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
  /** Whether it is paused; null once nothing is left of it. */
  destinationPaused: number | null;
  state: DeliveryState;
  reason: DeliveryReason | null;
  /** Of what was filtered out: why, see deliveries/unwanted. */
  unwantedDetail: string | null;
  /** Of what could not be sent: why, in a sentence. */
  unsendableDetail: string | null;
  eventType: string | null;
  eventWiped: number;
  attemptCount: number;
  nextAttemptAt: number | null;
  lastStatusCode: number | null;
  lastOutcome: AttemptOutcome | null;
  createdAt: number;
  updatedAt: number;
};

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
    WHERE d.lease IS NULL AND a.account_id IS NOT NULL AND ${IS_PAUSED} IS NOT 1
    ORDER BY d.next_attempt_at LIMIT ${limit}`,
  );
}
/** A leased delivery stands in the same index, at the end of its lease; a look past so many of them is enough. */
const MOST_UNDER_WAY = 100;

/**
 * What is shown of the delivery in the row `d`. A held one's next attempt is when its destination's drain is due, and not
 * before its own time; nobody knows when, while that is paused.
 */
export function shown(d: SQL): SQL {
  return sql`
  ${d}.event_id AS eventId, ${d}.destination, a.account_id AS accountId, x.destination_id AS destinationId, x.url,
  x.http_method AS httpMethod, CASE WHEN x.removed_at IS NULL THEN x.enabled END AS destinationEnabled, ${IS_PAUSED} AS destinationPaused, ${d}.state,
  ${reasonOf(d)} AS reason, (${d}.reason IS 'event_wiped') AS eventWiped,
  CASE ${d}.state WHEN 'filtered' THEN ${d}.first_detail END AS unwantedDetail, ${EVENT_TYPE} AS eventType,
  ${ofLastAttempt(d, sql`outcome`)} AS lastOutcome,
  CASE WHEN ${d}.state = 'discarded' AND ${d}.reason = 'unsendable' THEN ${ofLastAttempt(d, sql`detail`)} END AS unsendableDetail,
  ${d}.attempt_count AS attemptCount, ${d}.last_status_code AS lastStatusCode, ${d}.created_at AS createdAt,
  ${d}.updated_at AS updatedAt,
  CASE
    WHEN ${IS_PAUSED} AND ${d}.lease IS NULL THEN NULL
    WHEN ${d}.state = 'pending' AND ${d}.next_attempt_at IS NULL
    THEN max(coalesce(${d}.not_before, 0), coalesce(x.wake_at, 0))
    ELSE ${d}.next_attempt_at
  END AS nextAttemptAt`;
}

function ofLastAttempt(d: SQL, column: SQL): SQL {
  return sql`(SELECT t.${column} FROM all_attempts t
    WHERE t.event_id = ${d}.event_id AND t.destination = ${d}.destination AND t.number = ${d}.attempt_count)`;
}

/** Why it was given up: of an event that is wiped, what was delivered or exhausted before bears that reason as well. */
export function reasonOf(delivery: SQL): SQL {
  return sql`CASE ${delivery}.state
    WHEN 'discarded' THEN ${delivery}.reason WHEN 'filtered' THEN ${delivery}.reason WHEN 'exhausted' THEN 'attempts_exhausted' END`;
}

/** Of the step `shown`, which reads the view by keys alone: in a larger join SQLite would make all of it first. */
export const DELIVERIES = sql`
    SELECT ${shown(sql`s`)}
    FROM shown s
    LEFT JOIN destinations x ON x.key = s.destination
    CROSS JOIN events e ON e.event_id = s.event_id
    CROSS JOIN accounts a ON a.id = e.account`;
