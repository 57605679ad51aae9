/**
 * The way of a delivery: claim → attempt → transition → record → retry. Whoever comes here holds the leases already: the
 * request that accepted the event, or the consumer or sweep that claimed what was due.
 */

import type { Filtered } from "../db/engine/filtered";
import type { Released } from "../db/engine/records";
import { areTold } from "./alerts/alert";
import type { AttemptLog } from "./attempt-log";
import { type Deadline, RAISE_AFTER_MS, RECORD_EARLY_AFTER_MS } from "./deadlines";
import type { DeliveryContext, DispatchRecord, Recorded } from "./delivery";
import type { LeasedDelivery } from "./leased-delivery";
import { finishedWithin } from "./patience";
import { record } from "./recording/record";
import { attemptAll } from "./slots/attempt-all";
import type { Subrequests } from "./slots/subrequests";
import { filteredBy } from "./unwanted";
import { sendWakeUps, type TimedWakeUp, wakeDelivery } from "./wake-ups";

const SECOND_MS = 1_000;

/**
 * Attempts the deliveries that are wanted, records what came of them all and sets the alarms for what is due again. What
 * is fast is recorded early; what finds no slot, since hanging receivers hold them all, goes back to the queue: the next invocation has
 * slots of its own.
 *
 * @param attempts gets each attempt as it ends, for the line that the caller logs
 * @param waiting what nobody holds, and is not wanted either
 */
export async function deliver(
  context: DeliveryContext,
  leased: LeasedDelivery[],
  deadline: Deadline,
  subrequests: Subrequests,
  attempts: AttemptLog,
  waiting: Filtered[] = [],
): Promise<void> {
  const [wanted, unwanted] = sorted(leased);
  const filtered = [...unwanted, ...waiting];
  if (wanted.length + filtered.length === 0) return;
  attempts.filtered += filtered.length;
  const dispatch: DispatchRecord = { ended: [], released: [], filtered };
  const drains = drainCounter(wanted);
  const records: Promise<void>[] = [];
  const recordNow = () => {
    const recorded = recordAndRetry(context, drains(take(dispatch)), subrequests);
    // awaited below; until then its failure must not count as nobody's
    recorded.catch(() => undefined);
    records.push(recorded);
  };
  const attempting = attemptAll(context, wanted, deadline, dispatch, subrequests, attempts);
  for (let looks = 1; !(await finishedWithin(attempting.finished, RECORD_EARLY_AFTER_MS)); looks++) {
    if (!subrequests.allowEarlyRecord) continue;
    const handedOver = context.queue ? attempting.handOver() : 0;
    // at the 1st, 2nd, 4th, 8th and 16th look: what has ended waits for nobody long, and the records stay few
    if (handedOver > 0 || Number.isInteger(Math.log2(looks))) recordNow();
  }
  recordNow();
  for (const recorded of await Promise.allSettled(records)) {
    if (recorded.status === "rejected") throw recorded.reason;
  }
}

async function recordAndRetry(
  context: DeliveryContext,
  dispatch: DispatchRecord,
  subrequests: Subrequests,
): Promise<void> {
  if (dispatch.ended.length + dispatch.released.length + dispatch.filtered.length === 0) return;
  const share = subrequests.beginRecord();
  try {
    const recorded = await record(context, dispatch, share.spend);
    share.spend();
    await retry(context, dispatch.released, recorded);
  } finally {
    share.end();
  }
}

/** Sets the alarms for all that is due again. */
async function retry(context: DeliveryContext, released: Released[], recorded: Recorded): Promise<void> {
  const wakeUps: TimedWakeUp[] = [];
  const now = context.now();
  // One wake-up finds all that are due by then: now, or by the end of a second.
  const lastDue = new Map(
    released.map((one) => [one.dueAt <= now ? now : Math.ceil(one.dueAt / SECOND_MS) * SECOND_MS, one]),
  );
  for (const [at, { eventId, destination }] of lastDue) wakeUps.push(wakeDelivery(eventId, destination, at));
  for (const { eventId, destination, state, nextAttemptAt } of recorded.deliveries) {
    if (state === "pending" && nextAttemptAt !== null) wakeUps.push(wakeDelivery(eventId, destination, nextAttemptAt));
  }
  for (const { key, wakeAt } of recorded.destinations) {
    if (wakeAt !== null) wakeUps.push({ wakeUp: { destination: key }, at: wakeAt });
  }
  if (recorded.alertsBegun && areTold(context.alerts))
    wakeUps.push({ wakeUp: { alerts: true }, at: now + RAISE_AFTER_MS });
  await sendWakeUps(context.queue, wakeUps, now);
}

/** Empties the record into a new one, so that nothing is recorded twice. */
function take(dispatch: DispatchRecord): DispatchRecord {
  return {
    ended: dispatch.ended.splice(0),
    released: dispatch.released.splice(0),
    filtered: dispatch.filtered.splice(0),
  };
}

/** What is to be attempted, and what is not: of a destination of which that was all, the next drain is due. */
function sorted(leased: LeasedDelivery[]): [LeasedDelivery[], Filtered[]] {
  const wanted = leased.filter((one) => one.unwanted === null);
  const attempted = new Set(wanted.map(({ destination }) => destination));
  return [
    wanted,
    leased.flatMap((one) => {
      if (one.unwanted === null) return [];
      const endsDrain = Boolean(one.wasHeld) && !attempted.has(one.destination);
      return { ...filteredBy(one.unwanted, one), endsDrain };
    }),
  ];
}

/**
 * A destination's next drain begins when the last of its held deliveries has ended, not while some are still on their
 * way: a slow one would get chunk upon chunk at once. Marks in each record, one after the other, only those last ones.
 */
function drainCounter(leased: LeasedDelivery[]): (record: DispatchRecord) => DispatchRecord {
  const open = new Map<number, number>();
  for (const { destination } of leased) open.set(destination, (open.get(destination) ?? 0) + 1);
  return ({ ended, released, filtered }) => {
    for (const { destination } of [...ended.map((one) => one.leased), ...released])
      open.set(destination, (open.get(destination) ?? 1) - 1);
    return {
      ended: ended.map((one) => {
        const last = open.get(one.leased.destination) === 0;
        return { ...one, leased: { ...one.leased, wasHeld: one.leased.wasHeld && last } };
      }),
      released,
      filtered,
    };
  };
}
