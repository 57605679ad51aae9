import { beforeEach, describe, expect, it } from "vitest";
import { insertAttempts, recordTransitions, type Transition } from "../../src/db/engine/records";
import {
  allAttempts,
  begin,
  type Delivery,
  type Destination,
  db,
  deliveryAt,
  eventOf,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
  SECOND_MS,
} from "./rows";

const KEY = 7;
const EVENT = eventOf(0);
const PROBE_AFTER = 5;
const OPEN = { probeAfterFailures: PROBE_AFTER, usualRuns: 2 };
const RETRY_AT = NOW + 30 * SECOND_MS;
const LEASE_END = NOW + 60 * SECOND_MS;

type Situation = [
  situation: string,
  before: { delivery?: Partial<Delivery>; destination?: Partial<Destination> | null },
  ended: Partial<Transition>,
  after: Partial<Delivery>,
];

const arrived = { state: "delivered", reason: null, nextAttemptAt: null } as const;
const retry = { state: "pending", reason: null, nextAttemptAt: RETRY_AT } as const;
const exhausted = { state: "exhausted", reason: "attempts_exhausted", nextAttemptAt: null } as const;
const gone = { state: "discarded", reason: "gone", nextAttemptAt: null } as const;

/** As the database has a delivery that waits for nothing any more. */
const ended = { nextAttemptAt: null, notBefore: null, lease: null };
const leasedByOther = { lease: "lse_other", nextAttemptAt: LEASE_END };
const deliveredMeanwhile = { state: "delivered", lease: null, nextAttemptAt: null } as const;

const disabled = { enabled: false, disabledReason: "disabled_by_user" as const };
const removed = { enabled: false, removedAt: NOW };
const open = { consecutiveFailures: PROBE_AFTER };

beforeEach(begin);

describe("with its lease held, a delivery", () => {
  it.each<Situation>([
    ["has arrived", {}, arrived, { ...ended, state: "delivered", reason: null }],
    ["is due again after its wait", {}, retry, { ...ended, state: "pending", nextAttemptAt: RETRY_AT }],
    ["has no attempts left", {}, exhausted, { ...ended, state: "exhausted", reason: "attempts_exhausted" }],
    ["is discarded by its attempt", {}, gone, { ...ended, state: "discarded", reason: "gone" }],
    [
      "is due again though its destination failed, short of an open circuit",
      { destination: { consecutiveFailures: 4 } },
      retry,
      { ...ended, state: "pending", nextAttemptAt: RETRY_AT },
    ],
    [
      "is held for a probe where the circuit is open",
      { destination: open },
      retry,
      { ...ended, state: "pending", notBefore: RETRY_AT },
    ],
    [
      "is held where its destination was paused, before what comes after it",
      { destination: { ...open, ...disabled, disabledReason: "paused_by_user" } },
      retry,
      { ...ended, state: "pending", notBefore: 0 },
    ],
    ["has arrived though the circuit is open", { destination: open }, arrived, { ...ended, state: "delivered" }],
    [
      "is not held before, once the probe that it was has failed",
      { destination: open, delivery: { notBefore: NOW } },
      retry,
      { ...ended, state: "pending", notBefore: RETRY_AT },
    ],
    [
      "is discarded where its destination was disabled",
      { destination: disabled },
      retry,
      { ...ended, state: "discarded", reason: "destination_disabled" },
    ],
    [
      "is discarded where that was disabled and its circuit is open",
      { destination: { ...disabled, ...open } },
      retry,
      { ...ended, state: "discarded", reason: "destination_disabled" },
    ],
    [
      "is discarded where its destination was removed",
      { destination: removed },
      retry,
      { ...ended, state: "discarded", reason: "destination_removed" },
    ],
    [
      "is discarded where nothing is left of its destination",
      { destination: null },
      retry,
      { ...ended, state: "discarded", reason: "destination_removed" },
    ],
    [
      "has arrived though its destination was disabled",
      { destination: disabled },
      arrived,
      { ...ended, state: "delivered" },
    ],
    [
      "keeps its own reason though its destination was disabled",
      { destination: disabled },
      gone,
      { ...ended, state: "discarded", reason: "gone" },
    ],
  ])("%s", showsIn);
});

describe("with its lease lost, a delivery", () => {
  it.each<Situation>([
    ["has arrived all the same", { delivery: leasedByOther }, arrived, { ...ended, state: "delivered" }],
    [
      "has arrived though another attempt gave it up",
      { delivery: { ...exhausted, lease: null } },
      arrived,
      { ...ended, state: "delivered", reason: null },
    ],
    [
      "stays with its new holder after a failure",
      { delivery: leasedByOther },
      retry,
      { state: "pending", ...leasedByOther },
    ],
    [
      "stays with its new holder after the last failure",
      { delivery: leasedByOther },
      exhausted,
      { state: "pending", reason: null, ...leasedByOther },
    ],
    [
      "stays with its new holder though its destination was disabled",
      { delivery: leasedByOther, destination: disabled },
      retry,
      { state: "pending", reason: null, ...leasedByOther },
    ],
    [
      "stays delivered after a failure",
      { delivery: deliveredMeanwhile },
      retry,
      { ...ended, state: "delivered", reason: null },
    ],
    [
      "stays delivered after the last failure",
      { delivery: deliveredMeanwhile },
      exhausted,
      { ...ended, state: "delivered", reason: null },
    ],
    [
      "stays delivered, even to who held no lease",
      { delivery: deliveredMeanwhile },
      { ...exhausted, lease: null as never },
      { ...ended, state: "delivered", reason: null },
    ],
    [
      "stays held after a failure",
      { delivery: { lease: null, nextAttemptAt: null, notBefore: NOW }, destination: open },
      retry,
      { state: "pending", lease: null, nextAttemptAt: null, notBefore: NOW },
    ],
  ])("%s", showsIn);
});

it("an attempt that was recorded before is kept and counted once", async () => {
  await putSituation({});
  const again = transition(retry);
  for (let times = 0; times < 2; times++) {
    await db.batch([insertAttempts(db, [again])[0]!, recordTransitions(db, [again], { keep: true }, OPEN, NOW)[0]!]);
  }
  expect(await allAttempts()).toMatchObject([{ number: 1, startedAt: again.attempt.startedAt }]);
  expect(await deliveryAt(EVENT, KEY)).toMatchObject({ attemptCount: 1, state: "pending", nextAttemptAt: RETRY_AT });
});

it("a delivery that is not there any more is not reported", async () => {
  expect(await recordTransitions(db, [transition(arrived)], { keep: true }, OPEN, NOW)[0]).toEqual([]);
});

/** A delivery on lease at its first attempt. */
async function putSituation({ delivery, destination }: Situation[1]): Promise<void> {
  await putEvent({ eventId: EVENT });
  if (destination !== null) await putDestination({ key: KEY, ...destination });
  await putDelivery({ eventId: EVENT, destination: KEY, lease: "lse_own", nextAttemptAt: LEASE_END, ...delivery });
}

function transition(row: Partial<Transition>): Transition {
  const answer = {
    outcome: "http_error",
    statusCode: 500,
    detail: null,
    responseHeaders: null,
    responseBody: null,
  } as const;
  const attempt = { startedAt: NOW - SECOND_MS, durationMs: 20, ...answer };
  return {
    eventId: EVENT,
    destination: KEY,
    lease: "lse_own",
    attemptsBefore: 0,
    isTest: false,
    ...retry,
    attempt,
    ...row,
  };
}

async function showsIn(...[, before, row, after]: Situation): Promise<void> {
  await putSituation(before);
  const one = transition(row);
  const [, rows] = await db.batch([
    insertAttempts(db, [one])[0]!,
    recordTransitions(db, [one], { keep: true }, OPEN, NOW)[0]!,
  ]);
  const stored = await deliveryAt(EVENT, KEY);
  expect(stored).toMatchObject({ ...after, attemptCount: 1, lastStatusCode: 500, updatedAt: NOW });
  const { state, nextAttemptAt } = stored;
  expect(rows).toEqual([{ eventId: EVENT, destination: KEY, state, nextAttemptAt }]);
}
