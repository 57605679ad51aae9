/** A first attempt that arrived is written by one statement, and as the full record would write it, or not at all. */
import { beforeEach, describe, expect, it } from "vitest";
import { recordArrivals } from "../../src/db/engine/arrivals";
import { landAllOf } from "../../src/db/engine/flights";
import { insertAttempts, recordTransitions } from "../../src/db/engine/records";
import { transaction } from "../../src/db/transaction";
import {
  begin,
  type Destination,
  db,
  deliveryAt,
  eventOf,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
  putFlight,
  rowsOf,
} from "./rows";

const EVENT = eventOf(0);
const KEY = 7;
const OTHER = 8;
const OPEN = { probeAfterFailures: 5, usualRuns: 2 };
const ATTEMPT = {
  startedAt: NOW - 100,
  durationMs: 20,
  outcome: "success",
  statusCode: 202,
  detail: null,
  responseHeaders: { "content-type": "text/plain", "x-quoted": 'a "b"' },
  responseBody: "thanks",
} as const;
const arrival = { eventId: EVENT, destination: KEY, ...ATTEMPT };
const written = [{ eventId: EVENT, destination: KEY }];

beforeEach(async () => {
  await begin();
  await putEvent({ eventId: EVENT });
});

describe("of an event on its first way", () => {
  beforeEach(() => putFlight({ eventId: EVENT, destinations: [KEY, OTHER], dueAt: NOW + MINUTE_MS }));

  it("its row is the one that the full record would write", async () => {
    await putDestination({ key: KEY });
    const delivered = {
      state: "delivered",
      reason: null,
      nextAttemptAt: null,
      attemptsBefore: 0,
      isTest: false,
    } as const;
    const transition = { eventId: EVENT, destination: OTHER, lease: EVENT, attempt: ATTEMPT, ...delivered };
    await transaction(db, {
      attempts: insertAttempts(db, [transition]),
      transitions: recordTransitions(db, [transition], { keep: true }, OPEN, NOW),
    });
    expect(await recordArrivals(db, [arrival], NOW)[0]).toEqual(written);
    expect(await deliveryAt(EVENT, KEY)).toEqual({ ...(await deliveryAt(EVENT, OTHER)), destination: KEY });
    expect(await deliveryAt(EVENT, KEY)).toMatchObject({ state: "delivered", firstResponseBody: "thanks" });
  });

  it("it is written once", async () => {
    await recordArrivals(db, [arrival], NOW)[0];
    const before = await deliveryAt(EVENT, KEY);
    expect(await recordArrivals(db, [arrival], NOW + 1)[0]).toEqual([]);
    expect(await deliveryAt(EVENT, KEY)).toEqual(before);
  });

  it("the others are written where one is not", async () => {
    await putDelivery({ eventId: EVENT, destination: OTHER });
    expect(await recordArrivals(db, [{ ...arrival, destination: OTHER }, arrival], NOW)[0]).toEqual(written);
    expect(await deliveryAt(EVENT, OTHER)).toMatchObject({ state: "pending" });
  });

  it("it is written where nothing is left of its destination", async () => {
    expect(await recordArrivals(db, [arrival], NOW)[0]).toEqual(written);
  });

  it.each<[string, Partial<Destination>]>([
    ["has failed since", { consecutiveFailures: 1 }],
    ["seldom works", { attemptsPerSuccess: 2 }],
  ])("it is left where its destination %s", async (_, row) => {
    await putDestination({ key: KEY, ...row });
    expect(await recordArrivals(db, [arrival], NOW)[0]).toEqual([]);
    expect(await rowsOf("deliveries")).toBe(0);
  });

  it("it is left where its flight landed meanwhile", async () => {
    await transaction(db, landAllOf(db, EVENT));
    expect(await recordArrivals(db, [arrival], NOW)[0]).toEqual([]);
    expect(await deliveryAt(EVENT, KEY)).toMatchObject({ state: "pending", attemptCount: 0 });
  });
});

it("of an event under another lease it is left", async () => {
  await putFlight({ eventId: EVENT, destinations: [KEY], lease: "lse_other" });
  expect(await recordArrivals(db, [arrival], NOW)[0]).toEqual([]);
  expect(await rowsOf("deliveries")).toBe(0);
});
