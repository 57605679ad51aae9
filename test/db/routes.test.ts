import { beforeEach, describe, expect, it } from "vitest";
import { type ClaimLimits, claimDue } from "../../src/db/claims";
import { type FirstLease, insertDeliveries, type Lease } from "../../src/db/leases";
import {
  allDeliveries,
  begin,
  type Delivery,
  type Destination,
  db,
  deliveryAt,
  eventOf,
  LONG_AGO,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
} from "./rows";

const KEY = 7;
const EVENT = eventOf(0);
const PROBE_AFTER = 5;
const OPEN = { probeAfterFailures: PROBE_AFTER, usualRuns: 2 };
const LEASE: Lease = { name: "lse_own", until: NOW + 2 * MINUTE_MS };

/** What becomes of a delivery that is due. */
const SENT: Partial<Delivery> = {
  state: "pending",
  reason: null,
  nextAttemptAt: LEASE.until,
  lease: LEASE.name,
  notBefore: null,
};
const HELD: Partial<Delivery> = { state: "pending", reason: null, nextAttemptAt: null, lease: null, notBefore: 0 };
const discarded = (reason: Delivery["reason"]): Partial<Delivery> => ({
  state: "discarded",
  reason,
  nextAttemptAt: null,
  lease: null,
  notBefore: null,
});
const DISABLED = discarded("destination_disabled");
const REMOVED = discarded("destination_removed");

type Situation = [
  whose: string,
  destination: Partial<Destination> | null,
  whenFresh: Partial<Delivery> | "none",
  whenDue: Partial<Delivery>,
];

const disabled = { enabled: false, disabledReason: "disabled_by_user" as const };
const open = { consecutiveFailures: PROBE_AFTER };
const paused = { ...open, enabled: false, disabledReason: "failing" as const };
const removed = { enabled: false, removedAt: LONG_AGO };

const ROUTES: Situation[] = [
  ["whose circuit is closed", {}, SENT, SENT],
  ["whose circuit is about to open", { consecutiveFailures: 4 }, SENT, SENT],
  ["whose circuit is open", open, HELD, HELD],
  ["that is disabled", disabled, DISABLED, DISABLED],
  ["that is disabled while its circuit is open", { ...open, ...disabled }, DISABLED, DISABLED],
  ["that the gateway has paused", paused, HELD, HELD],
  ["that is removed", removed, "none", REMOVED],
  ["that is removed while its circuit is open", { ...open, ...removed }, "none", REMOVED],
  ["of which nothing is left", null, "none", REMOVED],
];

beforeEach(begin);

describe("a fresh delivery to a destination", () => {
  it.each(ROUTES)("%s", async (_whose, destination, whenFresh) => {
    await putEvent({ eventId: EVENT });
    if (destination) await putDestination({ key: KEY, ...destination });
    const first: FirstLease = { most: 10, ...LEASE };
    await insertDeliveries(db, [EVENT], first, OPEN, NOW);
    const stored = await allDeliveries();
    if (whenFresh === "none") return expect(stored).toEqual([]);
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({ eventId: EVENT, destination: KEY, createdAt: NOW, updatedAt: NOW, ...whenFresh });
  });
});

describe("a due delivery to a destination", () => {
  it.each(ROUTES)("%s", async (_whose, destination, _whenFresh, whenDue) => {
    await putEvent({ eventId: EVENT });
    if (destination) await putDestination({ key: KEY, ...destination });
    await putDelivery({ eventId: EVENT, destination: KEY });
    await claim();
    const updatedAt = whenDue === SENT ? LONG_AGO : NOW;
    expect(await deliveryAt(EVENT, KEY)).toMatchObject({ ...whenDue, updatedAt });
  });
});

describe("not claimed is a delivery that", () => {
  it.each<[situation: string, row: Partial<Delivery>]>([
    ["is not due yet", { nextAttemptAt: NOW + 1 }],
    ["another holds", { nextAttemptAt: NOW + MINUTE_MS, lease: "lse_other" }],
    ["is held", { nextAttemptAt: null, notBefore: LONG_AGO }],
    ["has arrived", { state: "delivered", nextAttemptAt: null }],
    ["was discarded", { state: "discarded", reason: "gone", nextAttemptAt: null }],
  ])("%s", async (_situation, row) => {
    await putEvent({ eventId: EVENT });
    await putDestination({ key: KEY });
    await putDelivery({ eventId: EVENT, destination: KEY, ...row });
    const stored = await deliveryAt(EVENT, KEY);
    await claim();
    expect(await deliveryAt(EVENT, KEY)).toEqual(stored);
  });

  it("nobody asked for", async () => {
    for (const place of [0, 1]) await putEvent({ eventId: eventOf(place) });
    for (const key of [1, 2]) await putDestination({ key });
    for (const place of [0, 1])
      for (const key of [1, 2]) await putDelivery({ eventId: eventOf(place), destination: key });
    await claim({}, [{ eventId: eventOf(1), destination: 2 }]);
    expect(await leased()).toEqual(["1:2"]);
  });
});

describe("one claim takes", () => {
  beforeEach(async () => {
    for (const place of [0, 1, 2]) await putEvent({ eventId: eventOf(place), sizeBytes: 100 });
    for (const key of [1, 2]) await putDestination({ key });
    for (const place of [0, 1, 2])
      for (const key of [1, 2]) await putDelivery({ eventId: eventOf(place), destination: key });
  });

  it.each<[limit: string, limits: Partial<ClaimLimits>, taken: string[]]>([
    ["all that is due within its limits", {}, ["0:1", "0:2", "1:1", "1:2", "2:1", "2:2"]],
    ["so many deliveries, those of the first that were wanted", { mostDeliveries: 3 }, ["1:1", "2:1", "2:2"]],
    ["what begins within so many bytes", { mostBytes: 101 }, ["2:1", "2:2"]],
    ["what ends at the limit of bytes, and no more", { mostBytes: 300 }, ["1:1", "2:1", "2:2"]],
    ["at least one, however large", { mostBytes: 1 }, ["2:1"]],
    ["nothing without room", { mostDeliveries: 0 }, []],
  ])("%s", async (_limit, limits, taken) => {
    await claim(
      limits,
      [2, 1, 0].map((place) => ({ eventId: eventOf(place), destination: null })),
    );
    expect(await leased()).toEqual(taken);
  });
});

describe("of the deliveries of fresh events,", () => {
  const first = (most: number, name: string | null = null): FirstLease => ({ most, until: LEASE.until, name });
  const both = [eventOf(0), eventOf(1)];

  beforeEach(async () => {
    for (const eventId of both) await putEvent({ eventId });
    await putDestination({ key: 1, consecutiveFailures: 4 });
    await putDestination({ key: 2 });
    await putDestination({ key: 3, consecutiveFailures: PROBE_AFTER });
    await putDestination({ key: 4, enabled: false });
    await putDestination({ key: 5 });
  });

  it.each<[which: string, lease: FirstLease | null, leased: string[]]>([
    ["none is leased without a lease", null, []],
    ["each event's first are leased, to what works before what fails", first(2), ["0:2", "0:5", "1:2", "1:5"]],
    ["the first of all are leased under a name", first(4, "lse_all"), ["0:1", "0:2", "0:5", "1:2"]],
    ["all that may be sent are leased when there is room", first(10), ["0:1", "0:2", "0:5", "1:1", "1:2", "1:5"]],
  ])("%s", async (_which, lease, expected) => {
    await insertDeliveries(db, both, lease, OPEN, NOW);
    expect(await leased()).toEqual(expected);
    const stored = await allDeliveries();
    expect(stored).toHaveLength(10);
    for (const row of stored) {
      if (row.lease !== null)
        expect(row).toMatchObject({ lease: lease?.name ?? row.eventId, nextAttemptAt: LEASE.until });
      else if ([1, 2, 5].includes(row.destination)) expect(row).toMatchObject({ state: "pending", nextAttemptAt: NOW });
      else expect(row).toMatchObject(row.destination === 3 ? HELD : DISABLED);
    }
  });

  it("those that are there already stay as they are", async () => {
    await putDelivery({ eventId: eventOf(0), destination: 2, state: "delivered", nextAttemptAt: null });
    await insertDeliveries(db, [eventOf(0)], first(10), OPEN, NOW);
    expect(await deliveryAt(eventOf(0), 2)).toMatchObject({ state: "delivered", lease: null, updatedAt: LONG_AGO });
    expect(await allDeliveries()).toHaveLength(5);
  });
});

async function claim(
  limits: Partial<ClaimLimits> = {},
  wanted = [{ eventId: EVENT, destination: null as number | null }],
) {
  const roomy = { mostDeliveries: 100, mostBytes: 1_000_000, drainChunk: 25, ...OPEN };
  await claimDue(db, wanted as Parameters<typeof claimDue>[1], LEASE, { ...roomy, ...limits }, NOW);
}

/** What is leased, as the event's place and the destination's key. */
async function leased(): Promise<string[]> {
  const places = new Map([0, 1, 2].map((place) => [eventOf(place), place]));
  const rows = (await allDeliveries()).filter(({ lease }) => lease !== null);
  return rows.map(({ eventId, destination }) => `${places.get(eventId)}:${destination}`);
}
