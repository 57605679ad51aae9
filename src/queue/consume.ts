import { raiseAlerts } from "../deliveries/alerts/raise-alerts";
import { AttemptLog } from "../deliveries/attempt-log";
import { type Claim, claim, mostClaimed, type Wanted } from "../deliveries/claim";
import { type DeadLetterReason, recordDeadLetters } from "../deliveries/dead-letters/dead-letters";
import { CLAIM, CONSUMER_RETURNS_AFTER_MS, deadlineOf } from "../deliveries/deadlines";
import { deliver } from "../deliveries/deliver";
import { finishedWithin } from "../deliveries/patience";
import { Subrequests } from "../deliveries/slots/subrequests";
import { sendWakeUps, type WakeUp, wakeDelivery } from "../deliveries/wake-ups";
import type { Gateway } from "../env";
import { isDatabaseUnavailable } from "../errors/database-errors";
import { acceptQueued, type Refused } from "../events/accept-queued";
import type { QueuedEvent } from "../events/enqueue-event";
import { log, logFault } from "../observability/log";
import { parseDeliveryId } from "../vocabulary/ids";
import { comeAgain } from "./come-again";
import { MessageSchema } from "./messages";

type Hold = (work: Promise<unknown>) => void;
type Readable = { message: Message<unknown>; body: WakeUp | QueuedEvent };

/**
 * What a batch asks besides attempts and their record: to bury what it cannot read or the database refuses, to claim, and
 * to look again; and to raise alerts, with a mail each.
 */
const OTHERS = 4;
const OF_ALERTS = 23;
/** Where the database is not the cause, a message is given up sooner than by the platform. */
const MOST_FAILURES = 10;

/**
 * Processes a batch of the queue: one round trip to claim, the attempts, one round trip to record. Messages are acked one
 * by one; one that cannot be read, or keeps failing, is recorded as a dead letter and blocks no other. Slow receivers do
 * not hold up the next batch: their attempts continue after this has returned.
 *
 * @param hold keeps that work alive
 */
export async function consume(
  gateway: Gateway,
  messages: readonly Message<unknown>[],
  hold: Hold,
  subrequests = new Subrequests(gateway.mostSubrequests),
): Promise<void> {
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
    await work(gateway, readable, hold, subrequests);
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
    const left = readable.map(({ message }) => message);
    while (left.length > 0 && subrequests.attempts > OTHERS)
      await consume(gateway, left.splice(0, 1), hold, subrequests);
    await comeAgain(gateway, left, error);
  }
}

async function work(gateway: Gateway, messages: Readable[], hold: Hold, subrequests: Subrequests): Promise<void> {
  const alerts = messages.some(({ body }) => "alerts" in body);
  subrequests.spend(alerts ? OTHERS + OF_ALERTS : OTHERS);
  const most = mostClaimed(subrequests);
  // of each of these one delivery at least would be left
  const later = new Set(messages.filter(({ body }) => !("accept" in body || "alerts" in body)).slice(most));
  const wanted: Wanted = { deliveries: [], destinations: [] };
  const events: QueuedEvent["accept"][] = [];
  for (const { body } of messages.filter((message) => !later.has(message))) {
    if ("accept" in body) events.push(body.accept);
    else if ("destination" in body) wanted.destinations.push(body.destination);
    else if ("event" in body) wanted.deliveries.push({ eventId: body.event, destination: null });
    else if ("delivery" in body) {
      const key = parseDeliveryId(body.delivery);
      if (key) wanted.deliveries.push({ eventId: key.eventId, destination: key.destinationKey });
    }
  }
  const claimed =
    events.length > 0
      ? await acceptQueued(gateway, events, wanted, most)
      : { ...(await claim(gateway, wanted, most)), refused: [] };
  const attempts = new AttemptLog();
  const delivered = deliver(gateway, claimed.leased, deadlineOf(CLAIM, gateway.now()), subrequests, attempts);
  hold(
    delivered
      .catch((error) => logFault("batch.not_delivered", error, { deliveries: claimed.leased.length }))
      .then(() => log("batch.finished", { messages: messages.length, events: events.length, ...attempts.fields })),
  );
  if (alerts) await raiseAlerts(gateway);
  if (claimed.refused.length > 0) await buryRefused(gateway, messages, claimed.refused);
  const drains = claimed.full ? messages.filter(({ body }) => "destination" in body) : [];
  await lookAgain(gateway, claimed.left, [...later, ...drains]);
  await finishedWithin(delivered, CONSUMER_RETURNS_AFTER_MS);
}

/** A claim is bounded, so what it left is asked for again: one wake-up finds all that is due by then. */
async function lookAgain(gateway: Gateway, left: Claim["left"], messages: Readable[]): Promise<void> {
  const now = gateway.now();
  const again = messages.flatMap(({ body }) => ("accept" in body ? [] : [{ wakeUp: body, at: now }]));
  if (left) again.push(wakeDelivery(left.eventId, left.destination, now));
  if (again.length > 0) await sendWakeUps(gateway.queue, again, now);
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
