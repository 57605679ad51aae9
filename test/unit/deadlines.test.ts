import { describe, expect, it } from "vitest";
import * as deadlines from "../../src/deliveries/deadlines";
import { TIMEOUT_MAX_MS } from "../../src/destinations/destination-input";

const { CLAIM, INLINE, TEST_EVENT, PLATFORM_AFTER_ANSWER_MS } = deadlines;
const sum = (times: number[]) => times.reduce((total, time) => total + time, 0);
/** A record's tries, each of which waits for a group commit in vain. */
const LONGEST_RECORD_MS =
  sum(deadlines.RECORD_WAITS_MS) + (deadlines.RECORD_WAITS_MS.length + 1) * deadlines.GROUP_COMMIT_PATIENCE_MS;

describe.each([
  ["inline", INLINE],
  ["claimed", CLAIM],
  ["a test event", TEST_EVENT],
])("%s", (_name, { startWithinMs, endWithinMs, leaseMs }) => {
  it("attempts begin before they must have ended, and end before the lease does", () => {
    expect(startWithinMs).toBeLessThan(endWithinMs);
    expect(endWithinMs).toBeLessThan(leaseMs);
  });
});

it("a test event of the longest timeout fits in, however late it begins", () => {
  expect(TEST_EVENT.startWithinMs + TIMEOUT_MAX_MS).toBeLessThanOrEqual(TEST_EVENT.endWithinMs);
});

it("a claimed delivery of the longest timeout fits in where it begins at once, one of the default whenever it may", () => {
  expect(TIMEOUT_MAX_MS).toBeLessThanOrEqual(CLAIM.endWithinMs);
  expect(CLAIM.startWithinMs + 10_000).toBeLessThanOrEqual(CLAIM.endWithinMs);
});

it("the consumer hands back its batch soon, and what goes on ends within what the platform leaves after that", () => {
  expect(deadlines.CONSUMER_RETURNS_AFTER_MS).toBeLessThanOrEqual(2_000);
  expect(deadlines.RECORD_EARLY_AFTER_MS).toBeLessThan(deadlines.CONSUMER_RETURNS_AFTER_MS);
  expect(CLAIM.endWithinMs).toBeLessThan(deadlines.CONSUMER_RETURNS_AFTER_MS + PLATFORM_AFTER_ANSWER_MS);
});

it("the lease of a claim outlasts every try to record its last attempt", () => {
  expect(CLAIM.endWithinMs + LONGEST_RECORD_MS).toBeLessThan(CLAIM.leaseMs);
});

it("inline attempts end within what the platform leaves after an answer, with time to record them", () => {
  expect(INLINE.endWithinMs).toBeLessThanOrEqual(PLATFORM_AFTER_ANSWER_MS - sum(deadlines.RECORD_WAITS_MS));
  expect(INLINE.leaseMs).toBeGreaterThan(PLATFORM_AFTER_ANSWER_MS);
});

it("a destination of the default timeout is attempted inline until the last moment at which attempts begin", () => {
  expect(INLINE.startWithinMs + 10_000).toBeLessThanOrEqual(INLINE.endWithinMs);
  expect(deadlines.LONGEST_INLINE_TIMEOUT_MS).toBe(INLINE.endWithinMs);
});

it("a follower of a group commit goes on alone in time to be answered and attempted inline", () => {
  expect(2 * deadlines.GROUP_COMMIT_PATIENCE_MS).toBeLessThanOrEqual(INLINE.startWithinMs);
});

it("what is fast is recorded before what is slow can time out", () => {
  expect(deadlines.RECORD_EARLY_AFTER_MS).toBeLessThan(INLINE.startWithinMs);
});

it("a sweep leaves a message its time, ends before the next, and calls a queue stuck only after several", () => {
  expect(deadlines.SWEEP_GRACE_MS).toBeLessThan(deadlines.SWEEP_EVERY_MS);
  expect(deadlines.SWEEP_DELIVERS_WITHIN_MS).toBeLessThan(deadlines.SWEEP_EVERY_MS);
  expect(deadlines.QUEUE_STUCK_AFTER_MS).toBeGreaterThanOrEqual(3 * deadlines.SWEEP_EVERY_MS);
});

it("nothing is called overdue before a sweep could have found it, nor while a claim holds it", () => {
  const { SWEEP_GRACE_MS, SWEEP_EVERY_MS, OVERDUE_AFTER_MS } = deadlines;
  expect(SWEEP_GRACE_MS + SWEEP_EVERY_MS).toBeLessThanOrEqual(OVERDUE_AFTER_MS);
});

it("what met a fault of ours waits for at least a sweep's interval", () => {
  expect(deadlines.PAUSE_AFTER_FAULT_MS).toBeGreaterThanOrEqual(deadlines.SWEEP_EVERY_MS);
});
