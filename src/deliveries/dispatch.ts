import { logFault } from "../observability/log";
import { deliver } from "./deliver";
import type { DeliveryContext, LeasedDelivery } from "./delivery";
import { sendWakeUps } from "./wake-ups";

/**
 * Cloudflare ends `waitUntil` 30 s after the answer: nothing starts after 15 s, nothing that could outlast 27 s starts at
 * all, and the lease ends when that is surely over.
 */
const START_WITHIN_MS = 15_000;
const END_WITHIN_MS = 27_000;
export const INLINE_LEASE_MS = 45_000;

/** The Free plan allows 50 subrequests, and the two D1 calls and the queue are among them. */
export const MOST_INLINE = 40;

/** An event's deliveries that are to be attempted now: those that were leased, of so many. */
export type Dispatch = { eventId: string; leased: LeasedDelivery[]; deliveries: number };

/**
 * Delivers at once, after the answer, what the accepting request leased; what did not fit in goes to the queue. It
 * never throws: what a fault of ours leaves undone is taken up again when its lease runs out.
 */
export async function dispatch(context: DeliveryContext, { eventId, leased, deliveries }: Dispatch): Promise<void> {
  const answeredAt = context.now();
  try {
    if (leased.length === MOST_INLINE && deliveries > MOST_INLINE) {
      await sendWakeUps(context.queue, [{ wakeUp: { event: eventId }, at: answeredAt }], answeredAt);
    }
    await deliver(context, leased, { startBy: answeredAt + START_WITHIN_MS, endBy: answeredAt + END_WITHIN_MS });
  } catch (error) {
    logFault("event.dispatch_failed", error, { event_id: eventId });
  }
}
