/** Statements that make operational events of alerts. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, run } from "../database";
import { IS_HELD } from "../engine/routes";
import { OPERATIONS } from "./operations";

/** When alerts are raised, in milliseconds: so long after the first, and so long after the last of type and account. */
export type AlertWindow = { waitMs: number; apartMs: number };
/** All open alerts of one type and account, told in one event. */
export type Bundle = { type: string; account: number };

/** What is to be raised now, the longest waiting first. */
export function selectDueAlerts(db: Database, window: AlertWindow, most: number, now: number) {
  return all<Bundle>(db, sql`WITH ${due(window, now)} SELECT type, account FROM due ORDER BY since LIMIT ${most}`);
}

/**
 * The step `due`. By how far the times lie apart, whichever is ahead: a clock that was wrong for a moment silences nobody
 * for years.
 */
function due({ waitMs, apartMs }: AlertWindow, now: number): SQL {
  return sql`
    due AS (
      SELECT a.type, a.account, min(a.first_at) AS since
      FROM alerts a
      WHERE a.raised_at IS NULL
      GROUP BY a.type, a.account
      HAVING abs(${now} - since) >= ${waitMs}
        AND NOT EXISTS (
          SELECT 1 FROM alerts r
          WHERE r.type = a.type AND r.account = a.account AND abs(${now} - r.raised_at) < ${apartMs})
    )`;
}

/** Marks those of the bundles that are still due as raised by their event. */
export function markRaised(db: Database, bundles: (Bundle & { eventId: string })[], window: AlertWindow, now: number) {
  return run(
    db,
    sql`
    WITH ${due(window, now)},
    bundled AS (
      SELECT due.type, due.account, j.value ->> 'eventId' AS event_id
      FROM json_each(${JSON.stringify(bundles)}) j
      JOIN due ON due.type = j.value ->> 'type' AND due.account = j.value ->> 'account'
    )
    UPDATE alerts AS a SET raised_at = ${now}, event_id = b.event_id
    FROM bundled b
    WHERE a.type = b.type AND a.account = b.account AND a.raised_at IS NULL`,
  );
}

export type OperationalEvent = { eventId: string; type: string; payload: string };

/**
 * Stores the events that tell of what was just marked. One destination's fields stand beside the list of destinations
 * as well.
 */
export function insertOperationalEvents(db: Database, bundles: (Bundle & { eventId: string })[], now: number) {
  return all<OperationalEvent>(
    db,
    sql`
    WITH raised AS (
      SELECT a.*, c.account_id, x.destination_id,
             -- how many wait is known once the record of the last failure is whole
             CASE a.type
               WHEN 'destination.paused' THEN json_set(a.details, '$.waiting', (
                 SELECT count(*) FROM deliveries h WHERE h.destination = a.destination AND ${IS_HELD}))
               ELSE a.details
             END AS said
      FROM json_each(${JSON.stringify(bundles)}) j
      JOIN alerts a ON a.type = j.value ->> 'type' AND a.account = j.value ->> 'account'
        AND a.raised_at = ${now} AND a.event_id = j.value ->> 'eventId'
      LEFT JOIN accounts c ON c.id = a.account
      LEFT JOIN destinations x ON x.key = a.destination
    ),
    told AS (
      SELECT event_id, type,
             json_object('account_id', max(account_id), 'count', sum(count), 'since', ${rfc3339(sql`min(first_at)`)},
                         'destinations', json(CASE WHEN max(destination) > 0 THEN json_group_array(
                           json_patch(json_object('destination_id', destination_id, 'count', count), said)
                           ORDER BY first_at, destination) END)) AS data,
             CASE count(*)
               WHEN 1 THEN json_patch(json_object('destination_id', max(destination_id)), max(said))
               ELSE '{}'
             END AS data_of_one
      FROM raised GROUP BY event_id
    ),
    -- a patch leaves out what is null
    written AS (
      SELECT event_id, json_object('type', type, 'timestamp', ${rfc3339(sql`${now}`)},
                                   'data', json_patch(json_patch('{}', data), data_of_one)) AS payload
      FROM told
    )
    INSERT INTO events (event_id, account, size_bytes, received_at, payload)
    SELECT event_id, ${OPERATIONS}, length(CAST(payload AS BLOB)), ${now}, payload FROM written WHERE true
    ON CONFLICT DO NOTHING
    RETURNING event_id AS eventId, payload ->> 'type' AS type, payload`,
  );
}

/** Milliseconds since 1970 as JSON shows a time. */
function rfc3339(ms: SQL): SQL {
  return sql`strftime('%Y-%m-%dT%H:%M:%fZ', (${ms}) / 1000.0, 'unixepoch')`;
}
