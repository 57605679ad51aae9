import { type Acting, audited } from "../audit/audit";
import { removeDestination as removal } from "../db/destinations";
import { cancelRecoveryOf } from "../db/engine/recoveries";
import { transaction } from "../db/transaction";
import type { DestinationContext } from "./destination";

/** Nothing more is sent to it once this returns; false when there is no such destination. */
export async function removeDestination(context: DestinationContext & Acting, destinationId: string): Promise<boolean> {
  const now = context.now();
  const { removed } = await transaction(context.db, {
    removed: removal(context.db, destinationId, now),
    audit: audited(context, {
      action: "destination.removed",
      of: { destination: destinationId },
      target: destinationId,
    }),
    recovery: cancelRecoveryOf(context.db, destinationId, now),
  });
  context.changes.count++;
  return removed.length > 0;
}
