import { type Acting, audited } from "../audit/audit";
import { type DeliveryKey, type DeliveryRef, selectDeliveriesOfEvent } from "../db/deliveries";
import { landOverdueOf } from "../db/engine/flights";
import { insertUnmeant, leaseAgain } from "../db/engine/redeliveries";
import { transaction } from "../db/transaction";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { deliveryId } from "../vocabulary/ids";
import { claimOf, leasedStatements, newLease } from "./claim";
import { INLINE } from "./deadlines";
import type { DeliveryContext } from "./delivery";
import { type Dispatch, mostInline } from "./dispatch";
import { type Delivery, deliveryOf } from "./reading/read-deliveries";

/** What a redelivery leaves: the event's deliveries as they stand now, how many start over, and what to dispatch. */
export type Redelivery =
  | { kind: "redelivered"; deliveries: Delivery[]; restarted: number; dispatch: Dispatch }
  /** There is nothing left of the event that could be sent. */
  | { kind: "event_wiped" }
  /** There is no such event or delivery. */
  | { kind: "unknown" };

type RedeliveryContext = Pick<DeliveryContext, "db" | "now" | "mostSubrequests"> & Acting;

/**
 * Lets deliveries of one event start over with a fresh schedule, whatever became of them; attempts go on counting. The
 * caller dispatches what is leased. A delivery that is being attempted this moment is left to it.
 *
 * In the transaction `landed` comes first, so that what nobody attempts any more has its row, and `made`, which `restarted`
 * then leases: the others read what it has leased, and how the deliveries stand after it.
 *
 * @param wanted one delivery, or all of an event
 */
export async function redeliver(
  context: RedeliveryContext,
  wanted: DeliveryRef,
  { isMade = false } = {},
): Promise<Redelivery> {
  const { db } = context;
  const now = context.now();
  const lease = newLease(INLINE, now);
  const {
    restarted,
    deliveries,
    landed: _landed,
    made: _made,
    audit: _audit,
    ...held
  } = await transaction(db, {
    landed: landOverdueOf(db, wanted.eventId, now),
    made: isMade && wanted.destination !== null ? insertUnmeant(db, wanted, now) : null,
    restarted: leaseAgain(db, [wanted], lease, mostInline(context.mostSubrequests), now),
    audit: audited(context, {
      action: wanted.destination === null ? "event.redelivered" : "delivery.redelivered",
      of: { event: wanted.eventId },
      target: wanted.destination === null ? wanted.eventId : deliveryId(wanted.eventId, wanted.destination),
    }),
    ...leasedStatements(db, { lease, flights: [] }),
    deliveries: selectDeliveriesOfEvent(db, ANY_ACCOUNT, wanted.eventId),
  });
  const concerned = deliveries.filter(
    ({ destination }) => wanted.destination === null || destination === wanted.destination,
  );
  if (concerned.length === 0) return { kind: "unknown" };
  if (concerned.every(({ eventWiped }) => eventWiped)) return { kind: "event_wiped" };
  return {
    kind: "redelivered",
    deliveries: concerned.map(deliveryOf),
    restarted: restarted.length,
    dispatch: {
      eventId: wanted.eventId,
      leased: claimOf(held).leased,
      deliveries: restarted.length,
    },
  };
}

/**
 * The same of one delivery that need not be there: an enabled destination of the event's account gets it although it
 * did not ask for it, or was made later. Unknown where the destination is disabled and never had it.
 */
export function deliverTo(context: RedeliveryContext, wanted: DeliveryKey): Promise<Redelivery> {
  return redeliver(context, wanted, { isMade: true });
}
