import { removeDestination as removal } from "../db/destinations";
import type { DestinationContext } from "./destination";

/** Nothing more is sent to it once this returns; false when there is no such destination. */
export async function removeDestination(context: DestinationContext, destinationId: string): Promise<boolean> {
  const removed = await removal(context.db, destinationId, context.now());
  context.changes.count++;
  return removed.length > 0;
}
