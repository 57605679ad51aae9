import { removeDestination as removal } from "../db/destinations";
import { cancelRecoveryOf } from "../db/engine/recoveries";
import { transaction } from "../db/transaction";
import type { DestinationContext } from "./destination";

/** Nothing more is sent to it once this returns; false when there is no such destination. */
export async function removeDestination(context: DestinationContext, destinationId: string): Promise<boolean> {
  const now = context.now();
  const { removed } = await transaction(context.db, {
    removed: removal(context.db, destinationId, now),
    recovery: cancelRecoveryOf(context.db, destinationId, now),
  });
  context.changes.count++;
  return removed.length > 0;
}
