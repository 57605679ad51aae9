import type { Filtered } from "../db/engine/filtered";
import { MOST_DESTINATIONS } from "../destinations/destination";
import { log, logFault } from "../observability/log";
import { AttemptLog } from "./attempt-log";
import { deadlineOf, INLINE } from "./deadlines";
import { deliver } from "./deliver";
import type { DeliveryContext } from "./delivery";
import type { LeasedDelivery } from "./leased-delivery";
import { Subrequests } from "./slots/subrequests";
import { sendWakeUps } from "./wake-ups";

/** What an invocation may ask besides its attempts, with a few to spare. */
const RESERVED = 10;
/** Asked besides: the transaction that leased them, and the wake-up for the others. */
const OTHERS = 2;

/**
 * How many deliveries of an event are attempted in the request that accepted it: all of them, as far as the plan's
 * subrequests reach; 40 on the Free plan, which has 50.
 */
export function mostInline(mostSubrequests: number): number {
  return Math.min(MOST_DESTINATIONS, mostSubrequests - RESERVED);
}

/**
 * An event's deliveries that are to be attempted now: those that were leased, of so many; and those that wait, but are not
 * wanted.
 */
export type Dispatch = { eventId: string; leased: LeasedDelivery[]; deliveries: number; waiting?: Filtered[] };

/** The line that is logged of a dispatch, besides what it has dispatched. */
export type DispatchLine = { event: "event.accepted" | "event.redelivered"; request_id: string; size_bytes?: number };

/**
 * Delivers at once, after the answer, what the accepting request leased; what did not fit in goes to the queue. It
 * never throws: what a fault of ours leaves undone is taken up again when its lease runs out. Logs `line` with the attempts
 * when they have ended.
 */
export async function dispatch(
  context: DeliveryContext,
  { eventId, leased, deliveries, waiting }: Dispatch,
  { event, ...fields }: DispatchLine,
): Promise<void> {
  const answeredAt = context.now();
  const subrequests = new Subrequests(context.mostSubrequests);
  subrequests.spend(OTHERS);
  const attempts = new AttemptLog();
  try {
    const most = mostInline(context.mostSubrequests);
    if (leased.length === most && deliveries > most) {
      await sendWakeUps(context.queue, [{ wakeUp: { event: eventId }, at: answeredAt }], answeredAt);
    }
    await deliver(context, leased, deadlineOf(INLINE, answeredAt), subrequests, attempts, waiting);
  } catch (error) {
    logFault("event.dispatch_failed", error, { event_id: eventId });
  } finally {
    log(event, { ...fields, event_id: eventId, deliveries, ...attempts.fields });
  }
}
