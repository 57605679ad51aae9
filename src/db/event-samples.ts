/** Statements that read whole events to try something on them. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { idOf } from "./accounts";
import { all, type Database, literal } from "./database";
import { PAYLOAD_COLUMNS, type PayloadRow } from "./engine/leases";

export type SampleRow = PayloadRow & { receivedAt: number };

/** One event of the account, or its latest: at most so many, and about so many bytes of payload. None that is wiped. */
export function selectSamples(
  db: Database,
  accountId: string,
  which: { eventId: string } | { latest: number; bytes: number },
) {
  const chosen =
    "eventId" in which
      ? sql`SELECT event_id FROM events WHERE event_id = ${which.eventId} AND account = ${idOf(accountId)}`
      : sql`
      SELECT event_id FROM (
        SELECT event_id, sum(size_bytes) OVER (ORDER BY event_id DESC ROWS UNBOUNDED PRECEDING) - size_bytes AS bytes_before
        FROM (SELECT event_id, size_bytes FROM events WHERE account = ${idOf(accountId)}
              ORDER BY event_id DESC LIMIT ${literal(which.latest)}))
      WHERE bytes_before < ${which.bytes}`;
  return all<SampleRow>(
    db,
    sql`
    SELECT ${PAYLOAD_COLUMNS}, e.received_at AS receivedAt
    FROM events e WHERE e.event_id IN (${chosen}) AND e.size_bytes > 0 ORDER BY e.event_id DESC`,
  );
}
