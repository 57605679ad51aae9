/**
 * Every minute: finds what is overdue, because its message was lost, its worker died or there is no queue, and puts it
 * back on its road. Sweeps that meet do no harm: the claim gives each delivery to one of them.
 */
import { selectDrainsDue } from "../db/circuits";
import { bringForward } from "../db/far-ahead";
import { type OverdueRow, selectOverdue } from "../db/leases";
import { transaction } from "../db/transaction";
import { log } from "../observability/log";
import { claim, type Wanted } from "./claim";
import {
  CLAIM,
  deadlineOf,
  LONGEST_WAIT_MS,
  QUEUE_STUCK_AFTER_MS,
  SWEEP_DELIVERS_WITHIN_MS,
  SWEEP_GRACE_MS,
} from "./deadlines";
import { deliver } from "./deliver";
import type { DeliveryContext } from "./delivery";
import { sendWakeUps, wakeDelivery } from "./wake-ups";

/** What one sweep looks at; there is another in a minute. */
const MOST_DELIVERIES = 2_000;
const MOST_DESTINATIONS = 200;
/**
 * Without a queue, or with one that is stuck, the sweep delivers by itself, so many at a time, and stops before the next one comes. A chunk asks the
 * database up to five times: to claim, and to record and tell of it, early and late.
 */
const OVERDUE_CHUNK = 200;
const MOST_CHUNKS = 5;

export async function sweep(context: DeliveryContext): Promise<void> {
  const now = context.now();
  const { overdue, drains } = await transaction(context.db, {
    // before the others, which then find it
    broughtForward: bringForward(context.db, now + LONGEST_WAIT_MS, MOST_DESTINATIONS, now),
    overdue: selectOverdue(context.db, context.queue ? now - SWEEP_GRACE_MS : now, MOST_DELIVERIES),
    drains: selectDrainsDue(context.db, now, MOST_DESTINATIONS),
  });
  if (overdue.length + drains.length === 0) return;
  const wakeUps = [
    ...overdue.map(({ eventId, destination }) => wakeDelivery(eventId, destination, now)),
    ...drains.map(({ key }) => ({ wakeUp: { destination: key }, at: now })),
  ];
  const sent = await sendWakeUps(context.queue, wakeUps, now);
  const isMine = ({ dueAt }: { dueAt: number }) => !sent || dueAt <= now - QUEUE_STUCK_AFTER_MS;
  await deliverHere(
    context,
    overdue.filter(isMine),
    drains.filter(isMine).map(({ key }) => key),
  );
  log("sweep.finished", {
    deliveries: overdue.length,
    destinations: drains.length,
    sent,
    duration_ms: context.now() - now,
  });
}

async function deliverHere(context: DeliveryContext, overdue: OverdueRow[], destinations: number[]): Promise<void> {
  const begun = context.now();
  for (let chunk = 0; chunk < MOST_CHUNKS && context.now() < begun + SWEEP_DELIVERS_WITHIN_MS; chunk++) {
    const wanted: Wanted = {
      deliveries: overdue.slice(chunk * OVERDUE_CHUNK, (chunk + 1) * OVERDUE_CHUNK),
      destinations,
    };
    if (wanted.deliveries.length === 0 && destinations.length === 0) return;
    const { leased } = await claim(context, wanted);
    await deliver(context, leased, deadlineOf(CLAIM, context.now()));
    if (leased.length === 0 && wanted.deliveries.length === 0) return;
  }
}
