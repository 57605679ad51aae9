/**
 * The time limits that hold only because of each other, in one place; `test/unit/deadlines.test.ts` has the inequalities.
 * Milliseconds.
 */

/** Until when attempts may begin, and until when they must have ended; milliseconds since 1970. */
export type Deadline = { startBy: number; endBy: number };

/** How long after it was leased a delivery may be attempted: the lease outlasts the last attempt and its record. */
export type Budget = { startWithinMs: number; endWithinMs: number; leaseMs: number };

/** Cloudflare ends `waitUntil` this long after the answer. */
export const PLATFORM_AFTER_ANSWER_MS = 30_000;
/** In the request that accepted the event, after its answer; what could outlast this goes to the consumer. */
export const INLINE: Budget = { startWithinMs: 15_000, endWithinMs: 27_000, leaseMs: 45_000 };
/**
 * The consumer hands back its batch after this, so that the next is not kept waiting; what is slow goes on in
 * `waitUntil`, which the platform ends as it does after an answer.
 */
export const CONSUMER_RETURNS_AFTER_MS = 1_500;
/** In the consumer and the sweep. The longest timeout fits in where the attempt begins at once. */
export const CLAIM: Budget = { startWithinMs: 15_000, endWithinMs: 30_500, leaseMs: 60_000 };
/** A test event, for which a person waits: one attempt, at once. */
export const TEST_EVENT: Budget = { startWithinMs: 5_000, endWithinMs: 35_000, leaseMs: 60_000 };

/** A destination with a longer timeout than this is never attempted inline. */
export const LONGEST_INLINE_TIMEOUT_MS = INLINE.endWithinMs;

/** What has ended by then is recorded without waiting for the slow ones, and what found no slot is handed over. */
export const RECORD_EARLY_AFTER_MS = 1_000;
/** Whether a leased delivery may still be sent is looked up again when the last look is this old. */
export const LOOK_AGAIN_AFTER_MS = 1_000;
/** A delivery that an isolate has no room for is due again this much later. */
export const PAUSE_WHEN_FULL_MS = 1_000;
/** The same for one to a slow receiver, or after its usual time. */
export const PAUSE_WHEN_SLOW_MS = 5_000;
/** Between tries of a record. A lost one is not lost work, only sent again: it is worth a few tries within the lease. */
export const RECORD_WAITS_MS = [100, 500, 2_000];
/** How long an accept or a record waits for the leader of its group commit before it leads by itself. */
export const GROUP_COMMIT_PATIENCE_MS = 5_000;

/**
 * Nothing waits longer for its next attempt: the longest wait of a schedule is a day, give or take a fifth, and a lease
 * or `Retry-After` lasts no longer. What is to wait beyond this was stored by a clock that was ahead, and is due.
 */
export const LONGEST_WAIT_MS = 30 * 3_600_000;
/** After a fault of ours a delivery is due again this much later; nothing is charged to it. */
export const PAUSE_AFTER_FAULT_MS = 60_000;

/** An alert waits this long for others of its kind, to be told in one event with them. */
export const RAISE_AFTER_MS = 5_000;
/** The next alert of one account and type waits until this long after the last. */
export const ALERTS_APART_MS = 600_000;

/** The cron runs the sweep this often. */
export const SWEEP_EVERY_MS = 60_000;
/** What was due only just now has its message under way, and is left to it. */
export const SWEEP_GRACE_MS = 30_000;
/** What is still there after some sweeps have sent for it will not be fetched: the queue hands nothing over. */
export const QUEUE_STUCK_AFTER_MS = 300_000;
/** A sweep that delivers by itself begins no more chunks after this, so that it is done before the next one comes. */
export const SWEEP_DELIVERS_WITHIN_MS = 50_000;
/** The gateway's status counts as overdue what sweep and queue should have seen to by now. */
export const OVERDUE_AFTER_MS = 120_000;

/** The budget's deadline, counted from `now`. */
export function deadlineOf({ startWithinMs, endWithinMs }: Budget, now: number): Deadline {
  return { startBy: now + startWithinMs, endBy: now + endWithinMs };
}
