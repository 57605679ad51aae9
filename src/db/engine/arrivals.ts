/** The statement that writes down what arrived at once. Unexecuted; a verb runs it in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, jsonParameters } from "../database";
import type { DeliveryKey } from "../deliveries";
import type { AttemptFields } from "./attempts";
import { FIRST_COLUMNS } from "./records";

/** A first attempt that arrived, of an event under its own lease. */
export type Arrival = DeliveryKey & AttemptFields;

/**
 * Writes the rows of deliveries that arrived on their first way, and names those that it has written: none that landed
 * meanwhile or has its row, nor one whose success a circuit would have to be told. Those have to be recorded in full.
 */
export function recordArrivals(db: Database, arrivals: Arrival[], now: number) {
  const statement = (rows: string) => sql`
    INSERT INTO deliveries (event_id, destination, state, attempt_count, last_status_code, created_at, updated_at,
                            ${FIRST_COLUMNS})
    SELECT f.event_id, value ->> 'destination', 'delivered', 1, value ->> 'statusCode', f.begun_at, ${now},
           value ->> 'startedAt', value ->> 'durationMs', value ->> 'outcome', value ->> 'statusCode', value ->> 'detail',
           value ->> 'responseHeaders', value ->> 'responseBody'
    FROM json_each(${rows}) JOIN flights f ON f.event_id = value ->> 'eventId' AND f.lease = f.event_id
    WHERE NOT EXISTS (SELECT 1 FROM destinations x WHERE x.key = value ->> 'destination'
                      AND (x.consecutive_failures > 0 OR x.attempts_per_success > 1))
    ON CONFLICT DO NOTHING
    RETURNING event_id AS eventId, destination`;
  return jsonParameters(arrivals).map((rows) => all<DeliveryKey>(db, statement(rows)));
}
