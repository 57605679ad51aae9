import { type Acting, audited } from "../audit/audit";
import { transaction } from "../db/transaction";
import { wipeEvent as wipe } from "../db/upkeep/wipe";
import type { EventContext } from "./event";

/**
 * Removes for good what an event held, and what was answered to it; the record that it was delivered stays, and so does
 * its idempotency key. Nothing more of it is sent once this returns, but for a request that is under way.
 *
 * @returns false when no event of that id is stored
 */
export async function wipeEvent(
  context: Pick<EventContext, "db" | "now" | "changes"> & Acting,
  eventId: string,
): Promise<boolean> {
  const { wiped } = await transaction(context.db, {
    ...wipe(context.db, eventId, context.now()),
    audit: audited(context, { action: "event.wiped", of: { event: eventId }, target: eventId }),
  });
  context.changes.count++;
  return wiped.length > 0;
}
