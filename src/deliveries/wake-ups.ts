/** The queue is only an alarm clock: a wake-up says which row to look at, and the row says what there is to do. */
import { logFault } from "../observability/log";
import { deliveryId, destinationKey } from "../vocabulary/ids";

export type WakeUp =
  /** A delivery that may be due. */
  | { delivery: string }
  /** An event, any of whose deliveries may be due. */
  | { event: string }
  /** A destination whose held deliveries may be due for a drain. */
  | { destination: number }
  /** Alerts that may be due to be raised. */
  | { alerts: true };

/** The part of Cloudflare's `Queue` that is used here. */
export type WakeUpQueue = Pick<Queue<unknown>, "send" | "sendBatch" | "metrics">;

/** A batch of Cloudflare's holds 100 messages; a delay reaches 24 h. */
export const BATCH_SIZE = 100;
const LONGEST_DELAY_SECONDS = 86_400;

export type TimedWakeUp = { wakeUp: WakeUp; at: number };

export function wakeDelivery(eventId: string, destination: number, at: number): TimedWakeUp {
  return { wakeUp: { delivery: deliveryId(eventId, destination) }, at };
}

/**
 * Sends the wake-ups. One that is lost costs time, never a delivery: the sweep finds the row within a minute of its time.
 *
 * @returns whether the queue has taken them all
 */
export async function sendWakeUps(queue: WakeUpQueue | null, timed: TimedWakeUp[], now: number): Promise<boolean> {
  if (!queue) return false;
  for (let i = 0; i < timed.length; i += BATCH_SIZE) {
    const messages = timed.slice(i, i + BATCH_SIZE).map(({ wakeUp, at }) => ({
      body: wakeUp,
      delaySeconds: Math.min(LONGEST_DELAY_SECONDS, Math.max(0, Math.ceil((at - now) / 1000))),
    }));
    try {
      await queue.sendBatch(messages);
    } catch (error) {
      logFault("wake_up.not_sent", error, { messages: messages.length });
      return false;
    }
  }
  return true;
}

/** Has a destination seen to at once whose drain is due: the next sweep is up to a minute away. */
export async function wakeDestination(
  { queue, now }: { queue: WakeUpQueue | null; now: () => number },
  destinationId: string,
): Promise<void> {
  const at = now();
  await sendWakeUps(queue, [{ wakeUp: { destination: destinationKey(destinationId) }, at }], at);
}
