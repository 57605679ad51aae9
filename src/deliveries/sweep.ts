/**
 * Every minute: finds what is overdue, because its message was lost, its worker died or there is no queue, and puts it
 * back on its road. Sweeps that meet do no harm: the claim gives each delivery to one of them.
 */
import { selectDrainsDue } from "../db/engine/circuits";
import { bringForward } from "../db/engine/far-ahead";
import { landOverdue } from "../db/engine/flights";
import { type OverdueRow, selectOverdue } from "../db/engine/leases";
import { transaction } from "../db/transaction";
import { log } from "../observability/log";
import { AttemptLog } from "./attempt-log";
import { claim, mostClaimed, type Wanted } from "./claim";
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
import { Subrequests } from "./slots/subrequests";
import { BATCH_SIZE, sendWakeUps, wakeDelivery } from "./wake-ups";

/** What one sweep looks at; there is another in a minute. Of the queue that asks a request for every hundred. */
const MOST_DELIVERIES = 800;
const MOST_DESTINATIONS = 200;
/** Flights whose worker died: as many as some isolates had in the air. */
const MOST_FLIGHTS = 5_000;

/** @returns how much it asked of the outside, at most `mostSubrequests` */
export async function sweep(context: DeliveryContext, mostSubrequests: number): Promise<number> {
  const now = context.now();
  const subrequests = new Subrequests(mostSubrequests);
  subrequests.spend();
  const { overdue, drains } = await transaction(context.db, {
    // each before the others, which then find it
    landed: landOverdue(context.db, now + LONGEST_WAIT_MS, MOST_FLIGHTS, now),
    broughtForward: bringForward(context.db, now + LONGEST_WAIT_MS, MOST_DESTINATIONS, now),
    overdue: selectOverdue(context.db, context.queue ? now - SWEEP_GRACE_MS : now, MOST_DELIVERIES),
    drains: selectDrainsDue(context.db, now, MOST_DESTINATIONS),
  });
  if (overdue.length + drains.length === 0) return subrequests.asked;
  const wakeUps = [
    ...overdue.map(({ eventId, destination }) => wakeDelivery(eventId, destination, now)),
    ...drains.map(({ key }) => ({ wakeUp: { destination: key }, at: now })),
  ];
  if (context.queue) subrequests.spend(Math.ceil(wakeUps.length / BATCH_SIZE));
  const sent = await sendWakeUps(context.queue, wakeUps, now);
  const isMine = ({ dueAt }: { dueAt: number }) => !sent || dueAt <= now - QUEUE_STUCK_AFTER_MS;
  const attempts = new AttemptLog();
  try {
    await deliverHere(
      context,
      overdue.filter(isMine),
      drains.filter(isMine).map(({ key }) => key),
      subrequests,
      attempts,
    );
  } finally {
    log("sweep.finished", {
      deliveries: overdue.length,
      destinations: drains.length,
      sent,
      duration_ms: context.now() - now,
      ...attempts.fields,
    });
  }
  return subrequests.asked;
}

/**
 * Without a queue, or with one that is stuck, the sweep delivers by itself, chunk by chunk, as long as it has requests
 * left and the next sweep does not come.
 */
async function deliverHere(
  context: DeliveryContext,
  overdue: OverdueRow[],
  destinations: number[],
  subrequests: Subrequests,
  attempts: AttemptLog,
): Promise<void> {
  const left = [...overdue];
  const begun = context.now();
  while (context.now() < begun + SWEEP_DELIVERS_WITHIN_MS) {
    if (left.length === 0 && destinations.length === 0) return;
    if (!subrequests.take()) return;
    const most = mostClaimed(subrequests);
    const wanted: Wanted = { deliveries: left.splice(0, most), destinations };
    const { leased } = await claim(context, wanted, most);
    await deliver(context, leased, deadlineOf(CLAIM, context.now()), subrequests, attempts);
    if (leased.length === 0 && wanted.deliveries.length === 0) return;
  }
}
