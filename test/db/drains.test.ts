import { beforeEach, describe, expect, it } from "vitest";
import { claimHeld, discardHeld, scheduleNextDrain, wakeHeld } from "../../src/db/engine/drains";
import type { Lease } from "../../src/db/engine/leases";
import { leaseAgain } from "../../src/db/engine/redeliveries";
import {
  allDeliveries,
  begin,
  type Delivery,
  type Destination,
  db,
  deliveryAt,
  destinationAt,
  eventOf,
  LONG_AGO,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
} from "./rows";

const KEY = 7;
const PROBE_AFTER = 5;
const OPEN = { probeAfterFailures: PROBE_AFTER, usualRuns: 2 };
const LEASE: Lease = { name: "lse_own", until: NOW + 2 * MINUTE_MS };
const LIMITS = { mostDeliveries: 100, mostBytes: 1_000_000, drainChunk: 3, slowNow: [], ...OPEN };

const open = { consecutiveFailures: PROBE_AFTER };
const disabled = { enabled: false, disabledReason: "disabled_by_user" as const };
const removed = { enabled: false, removedAt: NOW };
const held = (notBefore = LONG_AGO): Partial<Delivery> => ({ nextAttemptAt: null, notBefore });

beforeEach(begin);

/** A destination with as many deliveries, one for each event from the oldest on. */
async function put(destination: Partial<Destination>, rows: Partial<Delivery>[], sizeBytes = 2): Promise<void> {
  await putDestination({ key: KEY, ...destination });
  for (const [place, row] of rows.entries()) {
    await putEvent({ eventId: eventOf(place), sizeBytes });
    await putDelivery({ eventId: eventOf(place), destination: KEY, ...row });
  }
}

async function placesOf(of: (row: Delivery) => boolean): Promise<number[]> {
  return (await allDeliveries()).flatMap((row, place) => (of(row) ? [place] : []));
}

describe("of held deliveries", () => {
  type Situation = [situation: string, destination: Partial<Destination>, rows: Partial<Delivery>[], places: number[]];
  const five = Array.from({ length: 5 }, () => held());
  it.each<Situation>([
    ["a closed circuit sends a chunk, the oldest first", { wakeAt: NOW }, five, [0, 1, 2]],
    [
      "a closed circuit sends those, too, whose own time has not come",
      { wakeAt: NOW },
      [held(NOW + 1), held()],
      [0, 1],
    ],
    ["an open circuit sends one as a probe, the oldest", { ...open, wakeAt: NOW }, five, [0]],
    [
      "an open circuit sends the oldest whose own time has come",
      { ...open, wakeAt: NOW },
      [held(NOW + 1), held(NOW)],
      [1],
    ],
    ["an open circuit sends none whose time has not come", { ...open, wakeAt: NOW }, [held(NOW + 1)], []],
    ["none is sent before its destination's time", { wakeAt: NOW + 1 }, five, []],
    ["none is sent where no drain is due at all", { wakeAt: null }, five, []],
    ["none is sent to a disabled destination", { ...disabled, wakeAt: NOW }, five, []],
    [
      "none is sent that is due by itself or has ended",
      { wakeAt: NOW },
      [{ nextAttemptAt: NOW }, { state: "delivered", nextAttemptAt: null }, held()],
      [2],
    ],
  ])("%s", async (_situation, destination, rows, places) => {
    await put(destination, rows);
    await claimHeld(db, [KEY], LEASE, LIMITS, NOW);
    expect(await placesOf(({ lease }) => lease === LEASE.name)).toEqual(places);
    for (const place of places) {
      expect(await deliveryAt(eventOf(place), KEY)).toMatchObject({ nextAttemptAt: LEASE.until, updatedAt: LONG_AGO });
    }
  });

  it("one claim takes so many, and what begins within so many bytes", async () => {
    await put({ wakeAt: NOW }, five, 100);
    await claimHeld(db, [KEY], LEASE, { ...LIMITS, mostBytes: 101 }, NOW);
    expect(await placesOf(({ lease }) => lease !== null)).toEqual([0, 1]);
    await claimHeld(db, [KEY], { ...LEASE, name: "lse_next" }, { ...LIMITS, mostDeliveries: 1 }, NOW);
    expect(await placesOf(({ lease }) => lease === "lse_next")).toEqual([2]);
  });

  it.each<[whose: string, destination: Partial<Destination>, reason: Delivery["reason"]]>([
    ["to a disabled destination a chunk is discarded", disabled, "destination_disabled"],
    ["to a removed destination a chunk is discarded", removed, "destination_removed"],
    ["to any other none is discarded", open, null],
  ])("%s", async (_whose, destination, reason) => {
    await put({ ...destination, wakeAt: NOW }, [{ nextAttemptAt: NOW }, ...five]);
    await discardHeld(db, [KEY], 2, NOW);
    expect(await placesOf(({ state }) => state === "discarded")).toEqual(reason === null ? [] : [1, 2]);
    const after = { state: "discarded", reason, notBefore: null, nextAttemptAt: null, updatedAt: NOW };
    if (reason !== null) expect(await deliveryAt(eventOf(1), KEY)).toMatchObject(after);
  });
});

describe("the next drain", () => {
  type Situation = [situation: string, wakeAt: number | null, rows: Partial<Delivery>[], next: number | null];
  const leased = { nextAttemptAt: LEASE.until, lease: LEASE.name };
  it.each<Situation>([
    ["is when the lease ends of what is sent now", NOW, [leased, held()], LEASE.until],
    ["is at once when more is ready", NOW, [held(), held(NOW + 9)], NOW],
    ["is when the first of the held is ready", NOW, [held(NOW + 9), held(NOW + 5)], NOW + 5],
    ["is never when nothing is held", NOW, [{ nextAttemptAt: NOW }, { ...leased, lease: "lse_other" }], null],
    ["stays where it is when it is not due", NOW + 1, [held()], NOW + 1],
    ["stays never where none is due", null, [held()], null],
  ])("%s", async (_situation, wakeAt, rows, next) => {
    await put({ wakeAt }, rows);
    await scheduleNextDrain(db, [KEY], LEASE, NOW);
    expect((await destinationAt(KEY)).wakeAt).toBe(next);
  });

  it.each<[situation: string, wakeAt: number | null, row: Partial<Delivery>, next: number | null]>([
    ["is now when a delivery is held where nothing was", null, held(NOW), NOW],
    ["stays where it is when more is held", NOW + 7, held(NOW), NOW + 7],
    ["is never while nothing is held", null, { nextAttemptAt: NOW }, null],
    ["is never when what was held has ended", null, { state: "discarded", reason: "gone", nextAttemptAt: null }, null],
  ])("%s, after a claim", async (_situation, wakeAt, row, next) => {
    await put({ ...open, wakeAt }, [row]);
    await wakeHeld(db, [{ eventId: eventOf(0), destination: KEY }], 300_000, NOW);
    expect((await destinationAt(KEY)).wakeAt).toBe(next);
  });
});

describe("sent again by a person, a delivery", () => {
  const fresh = { state: "pending", reason: null, scheduleStart: 3, notBefore: null, updatedAt: NOW } as const;
  const leased = { ...fresh, lease: LEASE.name, nextAttemptAt: LEASE.until };
  const exhausted = { state: "exhausted", reason: "attempts_exhausted", nextAttemptAt: null } as const;
  type Situation = [
    situation: string,
    destination: Partial<Destination>,
    row: Partial<Delivery>,
    after: Partial<Delivery> | "as before",
  ];
  it.each<Situation>([
    ["that has no attempts left starts over", {}, exhausted, leased],
    ["that has arrived starts over", {}, { state: "delivered", nextAttemptAt: null }, leased],
    ["that waits starts over", {}, { nextAttemptAt: NOW + 9 }, leased],
    ["that is held starts over", open, held(), leased],
    ["whose lease has run out starts over", {}, { lease: "lse_lost", nextAttemptAt: NOW }, leased],
    ["that is being attempted is left to that", {}, { lease: "lse_other", nextAttemptAt: NOW + 1 }, "as before"],
    ["to a disabled destination stays as it is", disabled, exhausted, "as before"],
    ["to a removed destination stays as it is", removed, exhausted, "as before"],
  ])("%s", async (_situation, destination, row, after) => {
    await put(destination, [{ attemptCount: 3, ...row }]);
    const stored = await deliveryAt(eventOf(0), KEY);
    const rows = await leaseAgain(db, [{ eventId: eventOf(0), destination: KEY }], LEASE, 1, NOW);
    expect(rows).toEqual(after === "as before" ? [] : [{ eventId: eventOf(0), destination: KEY }]);
    expect(await deliveryAt(eventOf(0), KEY)).toMatchObject(after === "as before" ? stored : after);
  });

  it("beyond the room of the lease is due at once", async () => {
    await put({}, [exhausted, exhausted]);
    const both = [1, 0].map((place) => ({ eventId: eventOf(place), destination: null }));
    await leaseAgain(db, both, LEASE, 1, NOW);
    expect(await deliveryAt(eventOf(1), KEY)).toMatchObject({ lease: LEASE.name, nextAttemptAt: LEASE.until });
    expect(await deliveryAt(eventOf(0), KEY)).toMatchObject({ state: "pending", lease: null, nextAttemptAt: NOW });
  });
});

describe("a probe", () => {
  const fresh = held(0);
  it.each<[which: string, destination: Partial<Destination>, rows: Partial<Delivery>[], place: number]>([
    ["is the newest that was never attempted", { consecutiveFailures: 6 }, [held(1), fresh, fresh, held(2)], 2],
    ["is the oldest that was never attempted, in turn", { consecutiveFailures: 7 }, [held(1), fresh, fresh], 1],
    ["is the one whose time came first, where all were attempted", open, [held(9), held(3), held(5)], 1],
  ])("%s", async (_which, destination, rows, place) => {
    await put({ ...destination, wakeAt: NOW }, rows);
    await claimHeld(db, [KEY], LEASE, LIMITS, NOW);
    expect(await placesOf(({ lease }) => lease === LEASE.name)).toEqual([place]);
  });

  it("is none to a destination that the gateway has paused, and no drain is to come", async () => {
    await put({ ...open, enabled: false, disabledReason: "failing", wakeAt: NOW }, [fresh]);
    await claimHeld(db, [KEY], LEASE, LIMITS, NOW);
    await discardHeld(db, [KEY], 10, NOW);
    await scheduleNextDrain(db, [KEY], LEASE, NOW);
    expect(await deliveryAt(eventOf(0), KEY)).toMatchObject({ state: "pending", lease: null });
    expect((await destinationAt(KEY)).wakeAt).toBeNull();
  });

  it("comes within its wait for what arrives while only later ones are held", async () => {
    await put({ ...open, wakeAt: NOW + 300_001 }, [fresh]);
    await wakeHeld(db, [{ eventId: eventOf(0), destination: KEY }], 300_000, NOW);
    expect((await destinationAt(KEY)).wakeAt).toBe(NOW);
  });
});
