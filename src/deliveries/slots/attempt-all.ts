import { attempt, unsendable } from "../../attempts/attempt";
import type { Released } from "../../db/engine/records";
import { logFault } from "../../observability/log";
import { deliveryId } from "../../vocabulary/ids";
import type { AttemptLog } from "../attempt-log";
import { type Deadline, PAUSE_AFTER_FAULT_MS, PAUSE_WHEN_FULL_MS, PAUSE_WHEN_SLOW_MS } from "../deadlines";
import { type DeliveryContext, type DispatchRecord, type Ended, requestSpecOf } from "../delivery";
import type { LeasedDelivery } from "../leased-delivery";
import { transitionOf } from "../recording/transition";
import { FairQueue } from "./fair-queue";
import { StillSendable } from "./still-sendable";
import type { Subrequests } from "./subrequests";

/** Cloudflare lets six connections wait for an answer at a time; a seventh would use up its deadline in the queue. */
const SLOTS = 6;

export type Attempting = {
  /** When all have ended or were released. */
  finished: Promise<void>;
  /**
   * Releases what waits, if no attempt has begun since this was last asked, and it is receivers that do not keep up who
   * hold the slots; returns how many.
   */
  handOver: () => number;
};

/**
 * Attempts each delivery, six at a time, as long as the deadline allows. `record` and `attempts` fill up as they end. A delivery that
 * is too late, that finds no request left, that may not be sent as it was leased any more, or that meets a fault of ours, is released in it.
 */
export function attemptAll(
  context: DeliveryContext,
  leased: LeasedDelivery[],
  deadline: Deadline,
  record: DispatchRecord,
  subrequests: Subrequests,
  attempts: AttemptLog,
): Attempting {
  const isSlow = (delivery: LeasedDelivery) => context.inFlight.isSlow(delivery, context.now());
  const queue = new FairQueue(leased, SLOTS, isSlow);
  const sendable = new StillSendable(context, leased, subrequests);
  const running = new Set<LeasedDelivery>();
  let begun = 0;
  let begunByLastAsked = 0;
  /** Without a place it waits, where it is slow for about as long as those take that have one. */
  const pauseOf = (delivery: LeasedDelivery, otherwiseMs: number) =>
    isSlow(delivery) ? Math.max(PAUSE_WHEN_SLOW_MS, delivery.target.usualDurationMs) : otherwiseMs;
  const release = (delivery: LeasedDelivery, waitMs: number) =>
    record.released.push(releaseOf(delivery, context, waitMs));

  /** The next delivery that has the time, a request left, and a place among what this isolate has in flight. */
  function next(): { delivery: LeasedDelivery; leave: () => void } | undefined {
    for (let delivery = queue.next(); delivery; delivery = queue.next()) {
      const now = context.now();
      const hasTime = now <= deadline.startBy && now + delivery.target.timeoutMs <= deadline.endBy;
      const mayBegin = hasTime && subrequests.attempts > 0;
      const leave = mayBegin ? context.inFlight.enter(delivery, now) : null;
      if (leave) {
        subrequests.spend();
        return { delivery, leave };
      }
      queue.ended(delivery);
      release(delivery, mayBegin ? pauseOf(delivery, PAUSE_WHEN_FULL_MS) : 0);
    }
    return undefined;
  }

  async function slot(): Promise<void> {
    for (let place = next(); place; place = next()) {
      const { delivery, leave } = place;
      begun++;
      running.add(delivery);
      try {
        if (await sendable.has(delivery)) record.ended.push(await attemptOne(context, delivery, attempts));
        else release(delivery, 0);
      } catch (error) {
        logFault("delivery.not_attempted", error, { delivery_id: deliveryId(delivery.eventId, delivery.destination) });
        release(delivery, PAUSE_AFTER_FAULT_MS);
      }
      running.delete(delivery);
      queue.ended(delivery);
      leave();
    }
  }

  return {
    finished: Promise.all(Array.from({ length: SLOTS }, slot)).then(() => undefined),
    handOver: () => {
      const now = context.now();
      const keepUp = [...running].every(({ destination }) => context.inFlight.keepsUp(destination, now));
      const starved = begun === begunByLastAsked && !keepUp;
      begunByLastAsked = begun;
      const waiting = starved ? queue.takeWaiting() : [];
      for (const delivery of waiting) release(delivery, pauseOf(delivery, 0));
      return waiting.length;
    },
  };
}

function releaseOf(
  { eventId, destination, lease }: LeasedDelivery,
  { now }: DeliveryContext,
  waitMs: number,
): Released {
  return { eventId, destination, lease, dueAt: now() + waitMs };
}

async function attemptOne(context: DeliveryContext, leased: LeasedDelivery, attempts: AttemptLog): Promise<Ended> {
  const { spec, reason } = await requestSpecOf(leased, context.sealingKeys, context.now());
  const made = spec ? await attempt(spec, context) : unsendable(reason, context.now());
  attempts.add(leased, made);
  const now = context.now();
  if (made.statusCode !== null) context.inFlight.answered(leased.destination, made.durationMs, now);
  return { leased, attempt: made, transition: transitionOf(leased, made, now, context.random()) };
}
