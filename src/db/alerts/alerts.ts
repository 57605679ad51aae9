/**
 * Statements on the outbox of alerts: rows are added in the transaction of their cause, raised soon after
 * (`alert-events`), and removed once they are old. Unexecuted; a verb runs them in ONE batch.
 */
import { type SQL, sql } from "drizzle-orm";
import { firstIdAt } from "../../vocabulary/ids";
import { all, type Database, literal, run } from "../database";
import { type CircuitInput, type CircuitLimits, decidedCircuits } from "../engine/circuits";
import { standing } from "../engine/flights";

/** A new row's `alert_id` begins with `alertId`; `now` is in milliseconds since 1970. */
export type AlertStamp = { alertId: string; now: number };

/** A fresh row was added, which has to be raised, where `firstAt` is the stamp's `now`. */
export type AddedAlert = { firstAt: number };

/** So many deliveries are named; the others are counted. */
const MOST_DELIVERY_IDS = 20;

/** What these reports will disable, pause or bring back: to be asked before the circuits are moved. */
export function addCircuitAlerts(db: Database, reports: CircuitInput[], limits: CircuitLimits, stamp: AlertStamp) {
  return addAlerts(
    db,
    sql`
    ${decidedCircuits(reports, limits, stamp.now)},
    noted AS (
      SELECT CASE
               WHEN disabled_reason IS NULL      THEN 'destination.recovered'
               WHEN disabled_reason = 'failing'  THEN 'destination.paused'
               ELSE 'destination.disabled'
             END AS type,
             account, destination, 1 AS count,
             CASE
               WHEN disabled_reason IS NULL THEN json_object('failed_attempts', failures_before)
               ELSE json_object('reason', disabled_reason, 'consecutive_failures', failures)
             END AS details
      FROM decided WHERE disabled_reason IS NOT NULL OR (enabled AND was_open AND failures = 0)
    )`,
    stamp,
  );
}

/** A delivery that its last attempt gave up. */
export type GivenUp = { deliveryId: string; eventId: string; destination: number; lease: string } & (
  | { state: "exhausted"; reason: "attempts_exhausted" }
  | { state: "discarded"; reason: "unsendable" }
);

/**
 * What ends without having arrived. Only who has the lease ends a delivery, so a record that is written again adds
 * nothing; to be asked before the deliveries are moved on.
 */
export function addDeliveryAlerts(db: Database, givenUp: GivenUp[], stamp: AlertStamp) {
  return addAlerts(
    db,
    sql`
    ended AS (
      SELECT value ->> 'deliveryId' AS delivery_id, value ->> 'eventId' AS event_id, value ->> 'lease' AS lease,
             value ->> 'destination' AS destination, value ->> 'state' AS state, value ->> 'reason' AS reason
      FROM json_each(${JSON.stringify(givenUp)})
    ),
    ${standing(sql`ended`)},
    placed AS (
      SELECT r.*, x.account, row_number() OVER (PARTITION BY r.destination, r.state ORDER BY r.event_id) AS place
      FROM ended r
      JOIN standing d ON d.event_id = r.event_id AND d.destination = r.destination
        AND d.state = 'pending' AND d.lease = r.lease
      JOIN destinations x ON x.key = r.destination AND x.removed_at IS NULL
    ),
    noted AS (
      SELECT 'delivery.' || state AS type, account, destination, count(*) AS count,
             json_object('reason', max(reason),
                         'delivery_ids', json_group_array(delivery_id) FILTER (WHERE place <= ${MOST_DELIVERY_IDS})
             ) AS details
      FROM placed GROUP BY account, destination, state
    )`,
    stamp,
  );
}

/** Of the gateway itself, unless one of that type is open or was raised within `onceInMs`. */
export function addGatewayAlert(
  db: Database,
  alert: { type: string; details: Record<string, unknown>; onceInMs: number },
  stamp: AlertStamp,
) {
  return addAlerts(
    db,
    sql`
    noted AS (
      SELECT ${alert.type} AS type, 0 AS account, 0 AS destination, 1 AS count, ${JSON.stringify(alert.details)} AS details
      WHERE NOT EXISTS (SELECT 1 FROM alerts o WHERE o.type = ${alert.type} AND o.account = 0 AND o.raised_at IS NULL)
        AND NOT EXISTS (
          SELECT 1 FROM alerts o
          WHERE o.type = ${alert.type} AND o.account = 0 AND abs(${stamp.now} - o.raised_at) < ${alert.onceInMs})
    )`,
    stamp,
  );
}

/**
 * Of those of the accounts that are not refused for their storage yet: to be asked before they are. None of an account that
 * was told of within `onceInMs`.
 */
export function addStorageAlerts(db: Database, accounts: number[], onceInMs: number, stamp: AlertStamp) {
  const type = "account.storage_full";
  return addAlerts(
    db,
    sql`
    noted AS (
      SELECT ${type} AS type, a.id AS account, 0 AS destination, 1 AS count,
             json_object('stored_bytes', a.stored_bytes) AS details
      FROM json_each(${JSON.stringify(accounts)}) j JOIN accounts a ON a.id = j.value AND NOT a.storage_full
      WHERE NOT EXISTS (
        SELECT 1 FROM alerts o
        WHERE o.type = ${type} AND o.account = a.id AND abs(${stamp.now} - o.raised_at) < ${onceInMs})
    )`,
    stamp,
  );
}

/**
 * Adds what the step `noted` (type, account, destination, count, details) says, to the open row where there is one.
 * What happens to the account of operational events itself is told to nobody.
 */
function addAlerts(db: Database, steps: SQL, { alertId, now }: AlertStamp) {
  const namedBefore = sql`json_each(alerts.details, '$.delivery_ids')`;
  const namedNow = sql`json_each(excluded.details, '$.delivery_ids')`;
  return all<AddedAlert>(
    db,
    sql`
    WITH ${steps}
    INSERT INTO alerts (alert_id, type, account, destination, count, details, first_at, last_at)
    SELECT ${alertId} || '_' || row_number() OVER (), n.type, n.account, n.destination, n.count, n.details, ${now}, ${now}
    FROM noted n LEFT JOIN accounts a ON a.id = n.account
    WHERE n.account = 0 OR (a.kind = 'customer' AND a.removed_at IS NULL)
    ON CONFLICT (type, account, destination) WHERE raised_at IS NULL DO UPDATE SET
      count   = alerts.count + excluded.count,
      last_at = excluded.last_at,
      details = CASE
        WHEN excluded.details -> 'delivery_ids' IS NULL THEN excluded.details
        ELSE json_set(excluded.details, '$.delivery_ids', (
          SELECT json_group_array(value) FROM (
            SELECT value FROM (SELECT 1 AS part, key, value FROM ${namedBefore}
                               UNION ALL SELECT 2, key, value FROM ${namedNow})
            ORDER BY part, key LIMIT ${literal(MOST_DELIVERY_IDS)})))
      END
    RETURNING first_at AS firstAt`,
  );
}

/** Alerts that were first added before that time, and raised. */
export function deleteRaisedAlerts(db: Database, before: number, chunk: number) {
  return deleteAlerts(db, sql`alert_id < ${firstIdAt("alt", before)} AND raised_at IS NOT NULL`, chunk);
}

/** Alerts first added before that time, raised or not. */
export function deleteOldAlerts(db: Database, before: number, chunk: number) {
  return deleteAlerts(db, sql`alert_id < ${firstIdAt("alt", before)}`, chunk);
}

function deleteAlerts(db: Database, which: SQL, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM alerts WHERE alert_id IN (SELECT alert_id FROM alerts WHERE ${which} ORDER BY alert_id LIMIT ${chunk})`,
  );
}
