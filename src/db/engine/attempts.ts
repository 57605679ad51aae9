/** Attempts as they are kept, and read. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { AccountScope } from "../../vocabulary/account-scope";
import type { AttemptOutcome } from "../../vocabulary/states";
import { inScope } from "../accounts";
import type { Database } from "../database";
import type { DeliveryKey } from "../deliveries";
import { attempts } from "../schema";

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

/** The attempts of a delivery before the one of that number, the latest first, at most `limit`. */
export function selectAttempts(
  db: Database,
  account: AccountScope,
  { eventId, destination }: DeliveryKey,
  before: number | null,
  limit: number,
) {
  return db
    .select({
      number: attempts.number,
      startedAt: attempts.startedAt,
      durationMs: attempts.durationMs,
      outcome: attempts.outcome,
      statusCode: attempts.statusCode,
      detail: attempts.detail,
      responseHeaders: attempts.responseHeaders,
      responseBody: attempts.responseBody,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.eventId, eventId),
        eq(attempts.destination, destination),
        sql`EXISTS (SELECT 1 FROM events e JOIN accounts a ON a.id = e.account
                    WHERE e.event_id = ${eventId} AND ${inScope(account)})`,
        before === null ? undefined : lt(attempts.number, before),
      ),
    )
    .orderBy(desc(attempts.number))
    .limit(limit);
}
