import { leaseAgain } from "../db/claims";
import { type DeliveryRef, selectDeliveriesOfEvent } from "../db/deliveries";
import { selectLeased, selectLeasedPayloads, selectLeasedTargets } from "../db/leases";
import { newId } from "../vocabulary/ids";
import { claimOf } from "./claim";
import type { DeliveryContext } from "./delivery";
import { type Dispatch, INLINE_LEASE_MS, MOST_INLINE } from "./dispatch";
import { type Delivery, deliveryOf } from "./read-deliveries";

/** What a redelivery leaves: the event's deliveries as they stand now, how many start over, and what to dispatch. */
export type Redelivery = { deliveries: Delivery[]; restarted: number; dispatch: Dispatch };

/**
 * Lets deliveries of one event start over with a fresh schedule, whatever became of them; attempts go on counting. The
 * caller dispatches what is leased. A delivery that is being attempted this moment is left to it.
 *
 * @param wanted one delivery, or all of an event
 * @returns null when there is no such event or delivery
 */
export async function redeliver(
  context: Pick<DeliveryContext, "db" | "now">,
  wanted: DeliveryRef,
): Promise<Redelivery | null> {
  const { db } = context;
  const now = context.now();
  const lease = { name: newId("lse", now), until: now + INLINE_LEASE_MS };
  const [restarted, rows, targets, payloads, deliveries] = await db.batch([
    leaseAgain(db, [wanted], lease, MOST_INLINE, now),
    selectLeased(db, lease),
    selectLeasedTargets(db, lease),
    selectLeasedPayloads(db, lease),
    selectDeliveriesOfEvent(db, wanted.eventId),
  ]);
  const concerned = deliveries.filter(
    ({ destination }) => wanted.destination === null || destination === wanted.destination,
  );
  if (concerned.length === 0) return null;
  return {
    deliveries: concerned.map(deliveryOf),
    restarted: restarted.length,
    dispatch: {
      eventId: wanted.eventId,
      leased: claimOf([rows, targets, payloads]).leased,
      deliveries: restarted.length,
    },
  };
}
