import type { NewEvent } from "../db/events";
import type { WakeUpQueue } from "../deliveries/wake-ups";
import { logFault } from "../observability/log";

/** An event that is durable in the queue, and not yet in the database. */
export type QueuedEvent = { accept: NewEvent };

/** A message of Cloudflare's holds 128,000 bytes, with about 100 of its own. */
const MOST_MESSAGE_BYTES = 127_000;

/** Whether the queue has taken the event; false also where there is no queue, or the event is too large for it. */
export async function enqueueEvent(queue: WakeUpQueue | null, event: NewEvent): Promise<boolean> {
  const message: QueuedEvent = { accept: event };
  if (!queue || new TextEncoder().encode(JSON.stringify(message)).length > MOST_MESSAGE_BYTES) return false;
  try {
    await queue.send(message);
    return true;
  } catch (error) {
    logFault("event.not_enqueued", error, { event_id: event.eventId });
    return false;
  }
}
