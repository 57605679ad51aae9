import { removeDestination as removal } from "../db/destinations";
import type { DestinationContext } from "./destination";

/** Nothing is sent to it any more when this returns; false when there was none. */
export async function removeDestination(context: DestinationContext, destinationId: string): Promise<boolean> {
  return (await removal(context.db, destinationId, context.now())).length > 0;
}
