import { claim, claimDeadline, type Wanted } from "../deliveries/claim";
import { deliver } from "../deliveries/deliver";
import { sendWakeUps, type WakeUp } from "../deliveries/wake-ups";
import type { Gateway } from "../env";
import { isDatabaseUnavailable } from "../errors/database-errors";
import { acceptQueued } from "../events/accept-queued";
import type { QueuedEvent } from "../events/enqueue-event";
import { logFault } from "../observability/log";
import { parseDeliveryId } from "../vocabulary/ids";
import { MessageSchema } from "./messages";

const RETRY_AFTER_SECONDS = 30;

/**
 * Works off a batch of the queue: one round trip to claim, the attempts, one to record. Messages are acked one by one;
 * one that meets a fault of ours comes again, and lands in the dead-letter queue after its retries.
 */
export async function consume(gateway: Gateway, messages: readonly Message<unknown>[]): Promise<void> {
  const readable: { message: Message<unknown>; body: WakeUp | QueuedEvent }[] = [];
  for (const message of messages) {
    const parsed = MessageSchema.safeParse(message.body);
    if (parsed.success) readable.push({ message, body: parsed.data });
    else comeAgain(message, parsed.error);
  }
  if (readable.length === 0) return;
  try {
    await work(
      gateway,
      readable.map(({ body }) => body),
    );
    for (const { message } of readable) message.ack();
  } catch (error) {
    if (readable.length === 1 || isDatabaseUnavailable(error)) {
      for (const { message } of readable) comeAgain(message, error);
      return;
    }
    // One that the database refuses fails the transaction of all, so each goes by itself.
    for (const { message } of readable) await consume(gateway, [message]);
  }
}

async function work(gateway: Gateway, bodies: (WakeUp | QueuedEvent)[]): Promise<void> {
  const wanted: Wanted = { deliveries: [], destinations: [] };
  const events: QueuedEvent["accept"][] = [];
  for (const body of bodies) {
    if ("accept" in body) events.push(body.accept);
    else if ("destination" in body) wanted.destinations.push(body.destination);
    else if ("event" in body) wanted.deliveries.push({ eventId: body.event, destination: null });
    else {
      const key = parseDeliveryId(body.delivery);
      if (key) wanted.deliveries.push({ eventId: key.eventId, destination: key.destinationKey });
    }
  }
  const claimed = events.length > 0 ? await acceptQueued(gateway, events, wanted) : await claim(gateway, wanted);
  await deliver(gateway, claimed.leased, claimDeadline(gateway.now()));
  if (claimed.full) {
    const now = gateway.now();
    const again = bodies.map((body): WakeUp => ("accept" in body ? { event: body.accept.eventId } : body));
    await sendWakeUps(
      gateway.queue,
      again.map((wakeUp) => ({ wakeUp, at: now })),
      now,
    );
  }
}

function comeAgain(message: Message<unknown>, error: unknown): void {
  logFault("message.failed", error, { message_id: message.id, attempts: message.attempts });
  message.retry({ delaySeconds: RETRY_AFTER_SECONDS });
}
