/** An event's first way: one row for all its deliveries, until each has its own. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  endFlights,
  type FirstLease,
  fanOut,
  landAllOf,
  landOverdue,
  landOverdueOf,
} from "../../src/db/engine/flights";
import { insertAttempts, recordTransitions, releaseDeliveries, type Transition } from "../../src/db/engine/records";
import { transaction } from "../../src/db/transaction";
import {
  allAttempts,
  allDeliveries,
  begin,
  db,
  deliveryAt,
  eventOf,
  flownEvents,
  LONG_AGO,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
  putFlight,
  rowsOf,
} from "./rows";

const EVENT = eventOf(0);
const OPEN = { probeAfterFailures: 5, usualRuns: 2 };
const FIRST: FirstLease = { most: 10, until: NOW + MINUTE_MS, name: null };
const LATEST = NOW + 30 * 60 * MINUTE_MS;
const DUE = { state: "pending", nextAttemptAt: LONG_AGO, lease: EVENT, attemptCount: 0 };

beforeEach(async () => {
  await begin();
  for (const key of [1, 2, 3]) await putDestination({ key });
  for (const place of [0, 1, 2]) await putEvent({ eventId: eventOf(place) });
});

describe("an event that takes off", () => {
  it("is one row beside it, and pending for each destination", async () => {
    await transaction(db, fanOut(db, [EVENT], FIRST, OPEN, NOW));
    expect([await rowsOf("flights"), await rowsOf("deliveries")]).toEqual([1, 0]);
    expect(await allDeliveries()).toMatchObject(
      [1, 2, 3].map((destination) => ({ destination, state: "pending", lease: EVENT, nextAttemptAt: FIRST.until })),
    );
  });

  it("takes off once, though its message names it twice or comes again", async () => {
    await transaction(db, fanOut(db, [EVENT, EVENT], FIRST, OPEN, NOW));
    await transaction(db, fanOut(db, [EVENT], { ...FIRST, name: "lse_other" }, OPEN, NOW));
    expect(await allDeliveries()).toMatchObject([1, 2, 3].map((destination) => ({ destination, lease: EVENT })));
    expect(await rowsOf("deliveries")).toBe(0);
  });

  it("does not take off again once all its deliveries have their rows", async () => {
    for (const destination of [1, 2, 3]) await putDelivery({ eventId: EVENT, destination });
    await transaction(db, fanOut(db, [EVENT], FIRST, OPEN, NOW));
    expect(await rowsOf("flights")).toBe(0);
  });
});

describe("an attempt of a flight is recorded", () => {
  beforeEach(() => putFlight({ eventId: EVENT, destinations: [1, 2], dueAt: NOW + MINUTE_MS }));

  it("as one row with the attempt in it, while the others go on", async () => {
    await record(transition(1));
    expect([await rowsOf("deliveries"), await rowsOf("attempts"), await rowsOf("flights")]).toEqual([1, 0, 1]);
    expect(await allDeliveries()).toMatchObject([
      { destination: 1, state: "delivered", attemptCount: 1, lease: null, createdAt: LONG_AGO, updatedAt: NOW },
      { destination: 2, state: "pending", attemptCount: 0, lease: EVENT },
    ]);
    expect(await allAttempts()).toMatchObject([{ destination: 1, number: 1, statusCode: 200, responseBody: "thanks" }]);
  });

  it("and with the last one the flight ends", async () => {
    await record(transition(1));
    await record(transition(2));
    expect(await flownEvents()).toEqual([]);
    expect(await rowsOf("deliveries")).toBe(2);
  });

  it("once, however often the record is written", async () => {
    for (let times = 0; times < 2; times++) await record(transition(1));
    expect([await rowsOf("deliveries"), (await allAttempts()).length]).toEqual([1, 1]);
    expect(await deliveryAt(EVENT, 1)).toMatchObject({ state: "delivered", attemptCount: 1 });
  });

  it("and the next one has a row of its own", async () => {
    await record(transition(1, { state: "pending", nextAttemptAt: NOW + 5 }));
    expect(await deliveryAt(EVENT, 1)).toMatchObject({ state: "pending", nextAttemptAt: NOW + 5 });
    const attempt = { ...transition(1).attempt, startedAt: NOW + 9 };
    await record(transition(1, { attemptsBefore: 1, lease: null as never, attempt }));
    expect(await rowsOf("attempts")).toBe(1);
    expect(await allAttempts()).toMatchObject([
      { number: 1, startedAt: NOW - 100 },
      { number: 2, startedAt: NOW + 9 },
    ]);
    expect(await deliveryAt(EVENT, 1)).toMatchObject({ attemptCount: 2, state: "delivered" });
  });

  it("also where the database would not take it: then it only counts", async () => {
    await recordTransitions(db, [transition(1)], { keep: false }, OPEN, NOW)[0];
    expect(await deliveryAt(EVENT, 1)).toMatchObject({ state: "delivered", attemptCount: 1, firstResponseBody: null });
    expect(await allAttempts()).toEqual([]);
  });

  it("not for a destination that it does not go to", async () => {
    await record(transition(3));
    expect(await rowsOf("deliveries")).toBe(0);
  });

  it("not at all, when it is given up: then it is due when its holder says", async () => {
    await releaseDeliveries(db, [{ eventId: EVENT, destination: 2, lease: EVENT, dueAt: NOW + 7 }]);
    expect(await deliveryAt(EVENT, 2)).toMatchObject({ state: "pending", lease: null, nextAttemptAt: NOW + 7 });
    await releaseDeliveries(db, [{ eventId: EVENT, destination: 1, lease: "lse_other", dueAt: NOW }]);
    expect(await rowsOf("deliveries")).toBe(1);
  });
});

describe("a flight lands", () => {
  it("when its lease has run out, with what has no row yet, due and not in vain for nobody", async () => {
    await putFlight({ eventId: EVENT, destinations: [1, 2, 3] });
    await putDelivery({ eventId: EVENT, destination: 2, state: "delivered", nextAttemptAt: null });
    await putFlight({ eventId: eventOf(1), destinations: [1], dueAt: NOW + 1 });
    await transaction(db, landOverdue(db, LATEST, 10, NOW));
    expect(await flownEvents()).toEqual([eventOf(1)]);
    expect(await deliveryAt(EVENT, 1)).toMatchObject(DUE);
    expect(await deliveryAt(EVENT, 2)).toMatchObject({ state: "delivered" });
    expect(await deliveryAt(EVENT, 3)).toMatchObject(DUE);
    expect(await rowsOf("deliveries")).toBe(3);
  });

  it("the oldest first, so many at a time", async () => {
    for (const place of [2, 0, 1]) await putFlight({ eventId: eventOf(place), destinations: [1] });
    await transaction(db, landOverdue(db, LATEST, 2, NOW));
    expect(await flownEvents()).toEqual([eventOf(2)]);
  });

  it("too when its lease was set by a clock that was far ahead", async () => {
    await putFlight({ eventId: EVENT, destinations: [1], dueAt: LATEST + 1 });
    await putFlight({ eventId: eventOf(1), destinations: [1], dueAt: LATEST });
    await transaction(db, landOverdue(db, LATEST, 10, NOW));
    expect(await flownEvents()).toEqual([eventOf(1)]);
  });

  it("by itself, where one event is meant", async () => {
    for (const place of [0, 1]) await putFlight({ eventId: eventOf(place), destinations: [1] });
    await putFlight({ eventId: eventOf(2), destinations: [1], dueAt: NOW + 1 });
    await transaction(db, landOverdueOf(db, EVENT, NOW));
    await transaction(db, landOverdueOf(db, eventOf(2), NOW));
    expect(await flownEvents()).toEqual([eventOf(1), eventOf(2)]);
  });

  it("whatever its lease, where it has to", async () => {
    await putFlight({ eventId: EVENT, destinations: [1], dueAt: NOW + MINUTE_MS });
    await transaction(db, landAllOf(db, EVENT));
    expect([await rowsOf("flights"), await rowsOf("deliveries")]).toEqual([0, 1]);
  });

  it("and a success that comes late still counts, a failure as an attempt", async () => {
    await putFlight({ eventId: EVENT, destinations: [1, 2] });
    await transaction(db, landOverdue(db, LATEST, 10, NOW));
    await db.$client
      .prepare("UPDATE deliveries SET lease = 'lse_other', next_attempt_at = ?")
      .bind(NOW + 9)
      .run();
    await record(transition(1));
    await record(transition(2, { state: "pending", nextAttemptAt: NOW + 5 }));
    expect(await deliveryAt(EVENT, 1)).toMatchObject({ state: "delivered", attemptCount: 1 });
    expect(await deliveryAt(EVENT, 2)).toMatchObject({ lease: "lse_other", nextAttemptAt: NOW + 9, attemptCount: 1 });
    expect(await allAttempts()).toHaveLength(2);
  });
});

async function record(one: Transition): Promise<void> {
  await transaction(db, {
    attempts: insertAttempts(db, [one]),
    transitions: recordTransitions(db, [one], { keep: true }, OPEN, NOW),
    flights: endFlights(db, [one.eventId]),
  });
}

/** It arrived, unless the row says otherwise. */
function transition(destination: number, row: Partial<Transition> = {}): Transition {
  const answer = { outcome: "success", statusCode: 200, detail: null, responseHeaders: null } as const;
  const attempt = { startedAt: NOW - 100, durationMs: 20, ...answer, responseBody: "thanks" };
  const moved = { state: "delivered", reason: null, nextAttemptAt: null, attempt } as const;
  return { eventId: EVENT, destination, lease: EVENT, attemptsBefore: 0, isTest: false, ...moved, ...row };
}
