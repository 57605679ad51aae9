/**
 * The way of a delivery: claim → attempt → transition → record → retry. Whoever comes here holds the leases already: the
 * request that accepted the event, or the consumer or sweep that claimed what was due.
 */

import { raiseAlerts } from "./alerts/raise-alerts";
import { attemptAll } from "./attempt-all";
import { type Deadline, RECORD_EARLY_AFTER_MS } from "./deadlines";
import type { DeliveryContext, DispatchRecord, LeasedDelivery } from "./delivery";
import { record } from "./record";
import { sendWakeUps, type TimedWakeUp, wakeDelivery } from "./wake-ups";

/** Attempts the deliveries, records what came of it and sets the alarms for what is due again. */
export async function deliver(context: DeliveryContext, leased: LeasedDelivery[], deadline: Deadline): Promise<void> {
  if (leased.length === 0) return;
  const dispatch: DispatchRecord = { ended: [], released: [] };
  const attempted = attemptAll(context, leased, deadline, dispatch);
  await finishedWithin(attempted, RECORD_EARLY_AFTER_MS);
  const early = take(dispatch);
  const records = [
    recordAndRetry(context, drainOnce(early, leased)),
    attempted.then(() => recordAndRetry(context, take(dispatch))),
  ];
  for (const recorded of await Promise.allSettled(records)) {
    if (recorded.status === "rejected") throw recorded.reason;
  }
}

async function recordAndRetry(context: DeliveryContext, dispatch: DispatchRecord): Promise<void> {
  if (dispatch.ended.length + dispatch.released.length === 0) return;
  const recorded = await record(context, dispatch);
  const alarms: TimedWakeUp[] = [];
  for (const { eventId, destination, dueAt } of dispatch.released)
    alarms.push(wakeDelivery(eventId, destination, dueAt));
  for (const { eventId, destination, state, nextAttemptAt } of recorded.deliveries) {
    if (state === "pending" && nextAttemptAt !== null) alarms.push(wakeDelivery(eventId, destination, nextAttemptAt));
  }
  for (const { key, wakeAt } of recorded.destinations) {
    if (wakeAt !== null) alarms.push({ wakeUp: { destination: key }, at: wakeAt });
  }
  await sendWakeUps(context.queue, alarms, context.now());
  await raiseAlerts(context, recorded.alerts);
}

/** Empties the record into a new one, so that nothing is recorded twice. */
function take(dispatch: DispatchRecord): DispatchRecord {
  return { ended: dispatch.ended.splice(0), released: dispatch.released.splice(0) };
}

/**
 * A destination's next turn begins when the last of its parked deliveries has ended, not while some are still on their
 * way: a slow one would get chunk upon chunk at once.
 */
function drainOnce({ ended, released }: DispatchRecord, leased: LeasedDelivery[]): DispatchRecord {
  const all = Map.groupBy(leased, ({ destination }) => destination);
  const done = Map.groupBy([...ended.map((one) => one.leased), ...released], ({ destination }) => destination);
  return {
    ended: ended.map((one) => {
      const { backlog, destination } = one.leased;
      const last = done.get(destination)?.length === all.get(destination)?.length;
      return { ...one, leased: { ...one.leased, backlog: backlog && last } };
    }),
    released,
  };
}

async function finishedWithin(work: Promise<void>, ms: number): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, ms);
  await Promise.race([work, patience.promise]);
  clearTimeout(timer);
}
