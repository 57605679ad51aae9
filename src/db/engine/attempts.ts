/** Attempts as they are kept, and read. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import type { AccountScope } from "../../vocabulary/account-scope";
import type { AttemptOutcome } from "../../vocabulary/states";
import { inScope } from "../accounts";
import { all, type Database } from "../database";
import type { DeliveryKey } from "../deliveries";

/** What is kept of an attempt. */
export type AttemptFields = {
  startedAt: number;
  durationMs: number;
  outcome: AttemptOutcome;
  statusCode: number | null;
  detail: string | null;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
};
export type AttemptRow = AttemptFields & { number: number };
type StoredAttemptRow = Omit<AttemptRow, "responseHeaders"> & { responseHeaders: string | null };

/** The attempts of a delivery before the one of that number, the latest first, at most `limit`. */
export function selectAttempts(
  db: Database,
  account: AccountScope,
  { eventId, destination }: DeliveryKey,
  before: number | null,
  limit: number,
) {
  const earlier = before === null ? sql`` : sql`AND t.number < ${before}`;
  return all<StoredAttemptRow>(
    db,
    sql`
    SELECT t.number, t.started_at AS startedAt, t.duration_ms AS durationMs, t.outcome, t.status_code AS statusCode,
           t.detail, t.response_headers AS responseHeaders, t.response_body AS responseBody
    FROM all_attempts t
    WHERE t.event_id = ${eventId} AND t.destination = ${destination} ${earlier}
      AND EXISTS (SELECT 1 FROM events e JOIN accounts a ON a.id = e.account
                  WHERE e.event_id = ${eventId} AND ${inScope(account)})
    ORDER BY t.number DESC LIMIT ${limit}`,
  );
}

/** The attempt, its headers as they are kept. */
export function attemptOf({ responseHeaders, ...row }: StoredAttemptRow): AttemptRow {
  return { ...row, responseHeaders: responseHeaders === null ? null : JSON.parse(responseHeaders) };
}
