/**
 * Sending again everything that did not arrive at a destination between two times. The job is a row, and its steps are
 * the destination's drains: what it takes up is held, and follows in chunks, so that it survives a restart, never
 * overruns the receiver and never sends what has arrived. A destination that is disabled stops it, and what it had
 * taken up is discarded; once enabled, it takes that up again.
 */
import { type Acting, audited, auditTime } from "../../audit/audit";
import { selectDestination } from "../../db/destinations";
import {
  cancelRecovery as cancel,
  countEventsBetween,
  insertRecovery,
  MOST_COUNTED,
  MOST_UNMATCHED_OF,
  type RecoveryRow,
  selectRecoveriesOfDestination,
  selectRecovery,
  wakeRecovering,
} from "../../db/engine/recoveries";
import { transaction } from "../../db/transaction";
import { type AccountScope, ANY_ACCOUNT } from "../../vocabulary/account-scope";
import { newId } from "../../vocabulary/ids";
import type { DeliveryContext } from "../delivery";
import { wakeDestination } from "../wake-ups";

export { MOST_COUNTED };

/** A recovery as people see it. */
export type Recovery = RecoveryRow;

export type Begun =
  | { kind: "begun"; recovery: Recovery }
  | { kind: "destination_unknown" }
  | { kind: "destination_disabled" }
  | { kind: "already_running" }
  | { kind: "from_in_future" }
  /** With what was left out, there are too many events in the range. */
  | { kind: "range_too_long"; most: number };

/**
 * Begins a recovery of what was received in `from` ≤ time < `to`, milliseconds since 1970. In the transaction `inserted`
 * comes before those that look for a recovery of that id.
 */
export async function beginRecovery(
  context: Pick<DeliveryContext, "db" | "now" | "queue"> & Acting,
  destinationId: string,
  range: { from: number; to: number; unmatched: boolean },
): Promise<Begun> {
  const { db } = context;
  const now = context.now();
  if (range.from > now) return { kind: "from_in_future" };
  const recoveryId = newId("rcv", now);
  const recovery = {
    recoveryId,
    destinationId,
    fromTime: range.from,
    toTime: range.to,
    unmatched: range.unmatched,
    now,
  };
  if (range.unmatched) {
    const [found] = await countEventsBetween(db, recovery, MOST_UNMATCHED_OF + 1);
    if (found && found.events > MOST_UNMATCHED_OF) return { kind: "range_too_long", most: MOST_UNMATCHED_OF };
  }
  const { destinations, inserted, recoveries } = await transaction(db, {
    destinations: selectDestination(db, ANY_ACCOUNT, destinationId),
    inserted: insertRecovery(db, recovery),
    audit: audited(context, {
      action: "recovery.begun",
      of: { destination: destinationId },
      target: recoveryId,
      after: {
        destination_id: destinationId,
        from: auditTime(range.from),
        to: auditTime(range.to),
        unmatched: range.unmatched,
      },
    }),
    drainBegun: wakeRecovering(db, recoveryId, now),
    recoveries: selectRecovery(db, ANY_ACCOUNT, recoveryId),
  });
  const [destination] = destinations;
  const [begun] = recoveries;
  if (!destination) return { kind: "destination_unknown" };
  if (!destination.enabled) return { kind: "destination_disabled" };
  if (inserted.length === 0 || !begun) return { kind: "already_running" };
  await wakeDestination(context, destinationId);
  return { kind: "begun", recovery: begun };
}

/** Stops it: what is under way arrives, nothing more is taken up. Null when there is none of that id. */
export async function cancelRecovery(
  context: Pick<DeliveryContext, "db" | "now"> & Acting,
  recoveryId: string,
): Promise<Recovery | null> {
  const { recoveries } = await transaction(context.db, {
    cancelled: cancel(context.db, recoveryId, context.now()),
    audit: audited(context, { action: "recovery.cancelled", of: { recovery: recoveryId }, target: recoveryId }),
    recoveries: selectRecovery(context.db, ANY_ACCOUNT, recoveryId),
  });
  return recoveries[0] ?? null;
}

export async function findRecovery(
  context: Pick<DeliveryContext, "db">,
  account: AccountScope,
  recoveryId: string,
): Promise<Recovery | null> {
  const [recovery] = await selectRecovery(context.db, account, recoveryId);
  return recovery ?? null;
}

export type RecoveryPage = { recoveries: Recovery[]; nextCursor: string | null };

/** A destination's recoveries, newest first; null when there is no such destination. */
export async function listRecoveries(
  context: Pick<DeliveryContext, "db">,
  account: AccountScope,
  destinationId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<RecoveryPage | null> {
  const { destinations, rows } = await transaction(context.db, {
    destinations: selectDestination(context.db, account, destinationId),
    rows: selectRecoveriesOfDestination(context.db, account, destinationId, page.cursor, page.limit + 1),
  });
  if (destinations.length === 0) return null;
  const shown = rows.slice(0, page.limit);
  return { recoveries: shown, nextCursor: rows.length > page.limit ? (shown.at(-1)?.recoveryId ?? null) : null };
}
