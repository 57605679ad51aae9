/** Statements that have deliveries made again because a person asks for it. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database, run } from "../database";
import type { DeliveryKey, DeliveryRef } from "../deliveries";
import { named } from "./claims";
import { extension, type Lease } from "./leases";
import { IS_WIPED } from "./routes";

/**
 * Starts the wanted deliveries over, each with a fresh schedule: the first `most` are leased, the others due at once.
 * One that is being attempted this moment is left to it; one whose destination is disabled or removed, or whose event is
 * wiped, stays as it is, as does what was filtered out, unless it is named itself.
 */
export function leaseAgain(db: Database, wanted: DeliveryRef[], lease: Lease, most: number, now: number) {
  return all<DeliveryKey>(
    db,
    sql`
    WITH again AS (
      SELECT d.event_id, d.destination, row_number() OVER (ORDER BY j.key, d.destination) <= ${most} AS leased
      FROM ${named(wanted)}
      JOIN destinations x ON x.key = d.destination AND x.enabled
      WHERE NOT ${IS_WIPED} AND (d.state <> 'filtered' OR j.value ->> 'destination' IS NOT NULL)
        AND NOT (d.state = 'pending' AND d.lease IS NOT NULL
        AND d.next_attempt_at - ${extension(sql`d.unrecorded`)} > ${now})
    )
    UPDATE deliveries AS d SET
      state           = 'pending',
      reason          = NULL,
      schedule_start  = d.attempt_count,
      next_attempt_at = CASE WHEN c.leased THEN ${lease.until} ELSE ${now} END,
      not_before      = NULL,
      lease           = CASE WHEN c.leased THEN ${lease.name} END,
      unrecorded      = 0,
      updated_at      = ${now}
    FROM again c
    WHERE d.event_id = c.event_id AND d.destination = c.destination
    RETURNING event_id AS eventId, destination`,
  );
}

/**
 * Makes the delivery where the event has none to that destination, which is of its account and enabled: as if it had been
 * filtered out, so that `leaseAgain`, in the same transaction, sends it whatever the destination asks for.
 */
export function insertUnmeant(db: Database, { eventId, destination }: DeliveryKey, now: number) {
  return run(
    db,
    sql`
    INSERT INTO deliveries (event_id, destination, state, created_at, updated_at, first_detail)
    SELECT e.event_id, x.key, 'filtered', ${now}, ${now}, '{}'
    FROM events e JOIN destinations x ON x.account = e.account AND x.key = ${destination}
    WHERE e.event_id = ${eventId} AND e.wiped_at IS NULL AND x.enabled AND x.removed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM all_deliveries d WHERE d.event_id = ${eventId} AND d.destination = ${destination})`,
  );
}
