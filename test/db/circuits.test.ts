import { beforeEach, describe, expect, it } from "vitest";
import { type CircuitInput, type CircuitLimits, updateCircuits } from "../../src/db/engine/circuits";
import { attempts } from "../../src/db/schema";
import type { DisabledReason } from "../../src/vocabulary/states";
import {
  begin,
  DAY_MS,
  type Destination,
  db,
  destinationAt,
  eventOf,
  LONG_AGO,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
  SECOND_MS,
} from "./rows";

const KEY = 7;
const LIMITS: CircuitLimits = {
  probeAfterFailures: 5,
  usualRuns: 2,
  mostAttemptsPerSuccess: 100,
  probeWaitMs: { least: 5 * SECOND_MS, mostAnswered: 30 * SECOND_MS, most: 5 * MINUTE_MS },
  pauseAfterFailures: 10,
  pauseAfterMs: 5 * DAY_MS,
};

/** When what it failed at first had begun, in the report of a closed circuit and in a destination that fails already. */
const JUST_NOW = NOW - SECOND_MS;
const AN_HOUR_AGO = NOW - 60 * MINUTE_MS;
const A_MINUTE_AGO = NOW - MINUTE_MS;

type Situation = [
  situation: string,
  before: Partial<Destination>,
  report: Partial<CircuitInput>,
  after: Partial<Destination> | "not written",
];

const failed = (times: number): Partial<CircuitInput> => ({ trailingFailures: times, firstFailureAt: JUST_NOW });
const failing = (times: number, since = AN_HOUR_AGO) => ({ consecutiveFailures: times, failingSince: since });
const arrived: Partial<CircuitInput> = { succeeded: true };
const gone: Partial<CircuitInput> = { ...failed(1), gone: true };
const held: Partial<CircuitInput> = { wasHeld: true };
const wakes = (seconds: number) => ({ wakeAt: NOW + seconds * SECOND_MS });
const probed = (times: number) => ({ ...failing(times), ...wakes(-1) });
const working = { consecutiveFailures: 0, failingSince: null };
const disabled = (reason: DisabledReason) => ({ enabled: false, disabledReason: reason, wakeAt: NOW, updatedAt: NOW });

const NOTHING: Omit<CircuitInput, "destination"> = {
  succeeded: false,
  trailingFailures: 0,
  leadingFailures: 0,
  innerFailures: 0,
  answered: false,
  firstFailureAt: null,
  gone: false,
  wasHeld: false,
  attempts: [{ eventId: eventOf(0), attemptsBefore: 0, startedAt: JUST_NOW }],
};

beforeEach(begin);

async function report(before: Partial<Destination>, said: Partial<CircuitInput>) {
  await putDestination({ key: KEY, ...before });
  const stored = await destinationAt(KEY);
  const nothing = { ...NOTHING };
  const rows = await updateCircuits(db, [{ destination: KEY, ...nothing, ...said }], LIMITS, NOW);
  return { rows, stored, after: await destinationAt(KEY) };
}

describe("a closed circuit", () => {
  it.each<Situation>([
    ["counts nothing for a success", {}, arrived, "not written"],
    ["counts nothing for what could not be sent", {}, {}, "not written"],
    ["counts a first failure", {}, failed(1), { ...failing(1, JUST_NOW), wakeAt: null }],
    ["counts on, from when it began to fail", failing(1), failed(2), { ...failing(3), wakeAt: null }],
    ["stays closed below the threshold", failing(2), failed(2), { ...failing(4), wakeAt: null }],
    [
      "opens at the threshold: a probe when it has failed as long again",
      failing(4, A_MINUTE_AGO),
      failed(1),
      { ...failing(5, A_MINUTE_AGO), ...wakes(60) },
    ],
    ["opens: a probe after the least wait", {}, failed(5), { ...failing(5, JUST_NOW), ...wakes(5) }],
    ["opens: a probe after the longest wait", failing(4), failed(1), { ...failing(5), ...wakes(300) }],
    [
      "opens: a probe soon where the receiver is up",
      failing(4),
      { ...failed(1), answered: true },
      { ...failing(5), ...wakes(30) },
    ],
    [
      "stays closed where so many failures in a row are usual",
      { ...failing(18), attemptsPerSuccess: 10 },
      failed(1),
      { ...failing(19), attemptsPerSuccess: 10, wakeAt: null },
    ],
    [
      "opens beyond what is usual",
      { ...failing(19), attemptsPerSuccess: 10 },
      failed(1),
      { ...failing(20), ...wakes(300) },
    ],
    [
      "learns at a success how many attempts one takes",
      failing(4),
      { ...arrived, leadingFailures: 3 },
      { ...working, attemptsPerSuccess: 8 },
    ],
    ["learns it between two successes", {}, { ...arrived, innerFailures: 6 }, { ...working, attemptsPerSuccess: 7 }],
    ["learns no more than so many", failing(500), arrived, { ...working, attemptsPerSuccess: 100 }],
    [
      "forgets it by a quarter with each success",
      { attemptsPerSuccess: 100 },
      arrived,
      { ...working, attemptsPerSuccess: 75 },
    ],
    ["forgets it in the end", { attemptsPerSuccess: 2 }, arrived, { ...working, attemptsPerSuccess: 1 }],
    ["forgets its failures at a success", failing(4), arrived, { ...working, wakeAt: null }],
    [
      "counts only what failed after a success",
      failing(4),
      { ...arrived, ...failed(2) },
      { ...failing(2, JUST_NOW), wakeAt: null },
    ],
    ["drains on at once when held ones arrived", wakes(60), { ...arrived, ...held }, { ...working, ...wakes(0) }],
    [
      "drains on at once though a held one failed",
      wakes(60),
      { ...failed(1), ...held },
      { ...failing(1, JUST_NOW), ...wakes(0) },
    ],
    ["leaves a drain alone that others are in", wakes(60), failed(1), { ...failing(1, JUST_NOW), ...wakes(60) }],
  ])("%s", showsIn);
});

describe("an open circuit", () => {
  it.each<Situation>([
    ["closes at a success, and drains at once", probed(9), arrived, { ...working, ...wakes(0) }],
    [
      "closes at a success before a failure",
      probed(9),
      { ...arrived, ...failed(1) },
      { ...failing(1, JUST_NOW), ...wakes(0) },
    ],
    [
      "stays open when more failures than usual follow a success",
      probed(9),
      { ...arrived, ...failed(20) },
      { ...failing(20, JUST_NOW), attemptsPerSuccess: 10, ...wakes(5) },
    ],
    [
      "stays open when its probe fails, and waits again",
      { ...failing(7, NOW - 10 * MINUTE_MS), ...wakes(-1) },
      { ...failed(1), ...held },
      { ...failing(8, NOW - 10 * MINUTE_MS), ...wakes(300) },
    ],
    [
      "probes at once when its probe was unsendable",
      { ...failing(7), ...wakes(60) },
      held,
      { ...failing(7), ...wakes(0) },
    ],
    [
      "keeps its next probe when another was unsendable",
      { ...failing(7), ...wakes(60) },
      {},
      { ...failing(7), ...wakes(60) },
    ],
  ])("%s", showsIn);
});

describe("a destination", () => {
  const fiveDays = NOW - 5 * DAY_MS;
  it.each<Situation>([
    ["is disabled when it is gone", {}, gone, { ...disabled("gone"), pausedAt: null, ...failing(1, JUST_NOW) }],
    [
      "is disabled as gone, though it failed for too long as well",
      failing(20, fiveDays),
      gone,
      { ...disabled("gone"), ...failing(21, fiveDays) },
    ],
    [
      "is paused when it has failed for too long and often enough",
      failing(9, fiveDays),
      failed(1),
      { ...disabled("failing"), pausedAt: NOW, wakeAt: null, ...failing(10, fiveDays) },
    ],
    [
      "stays enabled when it has failed often, but not for so long",
      failing(9, fiveDays + 1),
      failed(1),
      { enabled: true, disabledReason: null, updatedAt: LONG_AGO, ...failing(10, fiveDays + 1) },
    ],
    [
      "stays enabled when it has failed for long, but not so often",
      failing(8, fiveDays),
      failed(1),
      { enabled: true, disabledReason: null, updatedAt: LONG_AGO, ...failing(9, fiveDays) },
    ],
    [
      "is a version on when it is disabled, though its clock is behind",
      { updatedAt: NOW + 5 },
      gone,
      { ...disabled("gone"), updatedAt: NOW + 6 },
    ],
    [
      "that a person disabled stays so by that reason",
      { enabled: false, disabledReason: "disabled_by_user" },
      gone,
      { enabled: false, disabledReason: "disabled_by_user", wakeAt: null, updatedAt: LONG_AGO },
    ],
  ])("%s", showsIn);

  it("that nobody knows is not reported", async () => {
    const unknown = {
      destination: 99,
      ...NOTHING,
      trailingFailures: 1,
      firstFailureAt: NOW,
      gone: true,
      wasHeld: true,
    };
    expect(await updateCircuits(db, [unknown], LIMITS, NOW)).toEqual([]);
  });

  it("is left as it is by a report that was written before, and not by one of which a part is new", async () => {
    await putDestination({ key: KEY, ...failing(3) });
    await putEvent({ eventId: eventOf(0) });
    await putDelivery({ eventId: eventOf(0), destination: KEY });
    const kept = { eventId: eventOf(0), destination: KEY, number: 1, startedAt: JUST_NOW, durationMs: 1 };
    await db.insert(attempts).values({ ...kept, outcome: "http_error" });
    const [before] = NOTHING.attempts;
    const said = { destination: KEY, ...NOTHING, ...failed(1), wasHeld: true };
    expect(await updateCircuits(db, [said], LIMITS, NOW)).toEqual([]);
    expect(await destinationAt(KEY)).toMatchObject(failing(3));
    const partly = { ...said, attempts: [before!, { ...before!, startedAt: NOW }] };
    expect(await updateCircuits(db, [partly], LIMITS, NOW)).toHaveLength(1);
    expect(await destinationAt(KEY)).toMatchObject(failing(4));
  });

  it("is told apart from the others of a report", async () => {
    await putDestination({ key: 1, ...failing(9) });
    await putDestination({ key: 2 });
    const of = (destination: number, said: Partial<CircuitInput>) => ({
      destination,
      ...NOTHING,
      ...said,
    });
    await updateCircuits(db, [of(1, arrived), of(2, failed(1))], LIMITS, NOW);
    expect(await destinationAt(1)).toMatchObject(working);
    expect(await destinationAt(2)).toMatchObject(failing(1, JUST_NOW));
  });
});

async function showsIn(...[, before, said, expected]: Situation): Promise<void> {
  const { rows, stored, after } = await report(before, said);
  if (expected === "not written") {
    expect(rows).toEqual([]);
    expect(after).toEqual(stored);
    return;
  }
  expect(after).toMatchObject(expected);
  expect(rows).toEqual([{ key: KEY, wakeAt: after.wakeAt }]);
}
