import type { Attempt } from "../../attempts/attempt";
import type { Transition } from "../../db/engine/records";
import type { LeasedDelivery } from "../leased-delivery";
import { backoff, DEFAULT_SCHEDULE_SECONDS } from "./backoff";

/**
 * What an attempt makes of its delivery: arrived, ended, or due again. Pure.
 *
 * @param now when the attempt ended; the wait for the next counts from here
 */
export function transitionOf(leased: LeasedDelivery, attempt: Attempt, now: number, random: number): Transition {
  const { eventId, destination, lease, attemptCount: attemptsBefore } = leased;
  const { retryAfterMs, ...kept } = attempt;
  const moved = transition(leased, attempt, now, random);
  return { eventId, destination, lease, attemptsBefore, isTest: isTest(leased), ...moved, attempt: kept };
}

function transition(
  leased: LeasedDelivery,
  attempt: Attempt,
  now: number,
  random: number,
): Pick<Transition, "state" | "reason" | "nextAttemptAt"> {
  if (attempt.outcome === "success") return { state: "delivered", reason: null, nextAttemptAt: null };
  if (attempt.outcome === "unsendable") return { state: "discarded", reason: "unsendable", nextAttemptAt: null };
  if (attempt.statusCode === 410) return { state: "discarded", reason: "gone", nextAttemptAt: null };
  const failures = leased.attemptCount - leased.scheduleStart + 1;
  const wait = backoff(failures, scheduleOf(leased), attempt.retryAfterMs, random);
  if (wait === null) return { state: "exhausted", reason: "attempts_exhausted", nextAttemptAt: null };
  return { state: "pending", reason: null, nextAttemptAt: now + wait };
}

/** The destination's own schedule or the default, cut to the attempts that it allows; a test event has one attempt. */
function scheduleOf(leased: LeasedDelivery): number[] {
  if (isTest(leased)) return [];
  const { target } = leased;
  const schedule: number[] =
    target.retrySchedule === null ? DEFAULT_SCHEDULE_SECONDS : JSON.parse(target.retrySchedule);
  return target.maxAttempts === null ? schedule : schedule.slice(0, target.maxAttempts - 1);
}

/** Whether a person made the attempt, to see what happens. */
export function isTest({ content }: LeasedDelivery): boolean {
  return content.kind === "test";
}
