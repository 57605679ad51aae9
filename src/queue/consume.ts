import { raiseAlerts } from "../deliveries/alerts/raise-alerts";
import { claim, type Wanted } from "../deliveries/claim";
import { type DeadLetterReason, recordDeadLetters } from "../deliveries/dead-letters/dead-letters";
import { CLAIM, CONSUMER_RETURNS_AFTER_MS, deadlineOf } from "../deliveries/deadlines";
import { deliver } from "../deliveries/deliver";
import { finishedWithin } from "../deliveries/patience";
import { sendWakeUps, type WakeUp } from "../deliveries/wake-ups";
import type { Gateway } from "../env";
import { isDatabaseUnavailable } from "../errors/database-errors";
import { acceptQueued, type Refused } from "../events/accept-queued";
import type { QueuedEvent } from "../events/enqueue-event";
import { logFault } from "../observability/log";
import { parseDeliveryId } from "../vocabulary/ids";
import { comeAgain } from "./come-again";
import { MessageSchema } from "./messages";

type Hold = (work: Promise<unknown>) => void;
type Readable = { message: Message<unknown>; body: WakeUp | QueuedEvent };

/** Where the database is not the cause, a message is given up sooner than by the platform. */
const MOST_FAILURES = 10;

/**
 * Processes a batch of the queue: one round trip to claim, the attempts, one round trip to record. Messages are acked one
 * by one; one that cannot be read, or keeps failing, is recorded as a dead letter and blocks no other. Slow receivers do
 * not hold up the next batch: their attempts continue after this has returned.
 *
 * @param hold keeps that work alive
 */
export async function consume(gateway: Gateway, messages: readonly Message<unknown>[], hold: Hold): Promise<void> {
  const readable: Readable[] = [];
  const unreadable: Message<unknown>[] = [];
  for (const message of messages) {
    const parsed = MessageSchema.safeParse(message.body);
    if (parsed.success) readable.push({ message, body: parsed.data });
    else unreadable.push(message);
  }
  if (unreadable.length > 0) await bury(gateway, unreadable, "unreadable");
  if (readable.length === 0) return;
  try {
    await work(gateway, readable, hold);
    for (const { message } of readable) message.ack();
  } catch (error) {
    const [only, ...others] = readable;
    const waits = isDatabaseUnavailable(error);
    if (only && others.length === 0 && !waits && only.message.attempts >= MOST_FAILURES) {
      return bury(gateway, [only.message], "failed");
    }
    if (others.length === 0 || waits) {
      return comeAgain(
        gateway,
        readable.map(({ message }) => message),
        error,
      );
    }
    // A message that the database refuses fails the transaction for all, so each is retried alone.
    for (const { message } of readable) await consume(gateway, [message], hold);
  }
}

async function work(gateway: Gateway, messages: Readable[], hold: Hold): Promise<void> {
  const wanted: Wanted = { deliveries: [], destinations: [] };
  const events: QueuedEvent["accept"][] = [];
  let alerts = false;
  for (const { body } of messages) {
    if ("accept" in body) events.push(body.accept);
    else if ("destination" in body) wanted.destinations.push(body.destination);
    else if ("alerts" in body) alerts = true;
    else if ("event" in body) wanted.deliveries.push({ eventId: body.event, destination: null });
    else {
      const key = parseDeliveryId(body.delivery);
      if (key) wanted.deliveries.push({ eventId: key.eventId, destination: key.destinationKey });
    }
  }
  const claimed =
    events.length > 0
      ? await acceptQueued(gateway, events, wanted)
      : { ...(await claim(gateway, wanted)), refused: [] };
  const delivered = deliver(gateway, claimed.leased, deadlineOf(CLAIM, gateway.now()));
  hold(delivered.catch((error) => logFault("batch.not_delivered", error, { deliveries: claimed.leased.length })));
  if (alerts) await raiseAlerts(gateway);
  if (claimed.refused.length > 0) await buryRefused(gateway, messages, claimed.refused);
  if (claimed.full) await lookAgain(gateway, messages);
  await finishedWithin(delivered, CONSUMER_RETURNS_AFTER_MS);
}

/** A claim is bounded, so what it left is asked for again. */
async function lookAgain(gateway: Gateway, messages: Readable[]): Promise<void> {
  const now = gateway.now();
  const again = messages.map(({ body }): WakeUp => ("accept" in body ? { event: body.accept.eventId } : body));
  await sendWakeUps(
    gateway.queue,
    again.map((wakeUp) => ({ wakeUp, at: now })),
    now,
  );
}

async function buryRefused(gateway: Gateway, messages: Readable[], refused: Refused[]): Promise<void> {
  const reasons = new Map(refused.map(({ eventId, reason }) => [eventId, reason]));
  const letters = messages.flatMap(({ message, body }) => {
    const reason = "accept" in body ? reasons.get(body.accept.eventId) : undefined;
    return reason ? [{ id: message.id, body: message.body, reason }] : [];
  });
  await recordDeadLetters(gateway, letters);
}

/** Messages that the platform has given up on. Each is recorded as a dead letter, and retried until it is. */
export async function consumeDead(gateway: Gateway, messages: readonly Message<unknown>[]): Promise<void> {
  await bury(gateway, messages, "retries_used_up");
}

async function bury(gateway: Gateway, messages: readonly Message<unknown>[], reason: DeadLetterReason): Promise<void> {
  try {
    const letters = messages.map(({ id, body }) => ({ id, body, reason }));
    await recordDeadLetters(gateway, letters);
    for (const message of messages) message.ack();
  } catch (error) {
    await comeAgain(gateway, messages, error);
  }
}
