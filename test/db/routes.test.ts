import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { type ClaimLimits, claimDue, selectLeftDue } from "../../src/db/engine/claims";
import { type FirstLease, fanOut } from "../../src/db/engine/flights";
import type { Lease } from "../../src/db/engine/leases";
import { accounts, deliveries, destinations } from "../../src/db/schema";
import { transaction } from "../../src/db/transaction";
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
const pausedBy = { enabled: false, disabledReason: "paused_by_user" as const };
const removed = { enabled: false, removedAt: LONG_AGO };

const ROUTES: Situation[] = [
  ["whose circuit is closed", {}, SENT, SENT],
  ["whose circuit is about to open", { consecutiveFailures: 4 }, SENT, SENT],
  ["whose circuit is open", open, HELD, HELD],
  ["that is disabled", disabled, DISABLED, DISABLED],
  ["that is disabled while its circuit is open", { ...open, ...disabled }, DISABLED, DISABLED],
  ["that the gateway has paused", paused, HELD, HELD],
  ["that its tenant has paused", pausedBy, HELD, HELD],
  ["that an operator has paused", { ...pausedBy, disabledReason: "paused_by_operator" }, HELD, HELD],
  ["whose account is suspended", { ...pausedBy, disabledReason: "account_suspended" }, HELD, HELD],
  ["that is removed while it is paused", { ...pausedBy, ...removed }, "none", REMOVED],
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
    await transaction(db, fanOut(db, [EVENT], first, OPEN, NOW));
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

describe("a due retry that is held", () => {
  it.each<[where: string, destination: Partial<Destination>, notBefore: number]>([
    ["by an open circuit keeps its own time", open, NOW],
    ["by a pause goes in the order of the events", pausedBy, 0],
    ["by a pause over an open circuit, too", { ...open, ...pausedBy }, 0],
  ])("%s", async (_where, destination, notBefore) => {
    await putEvent({ eventId: EVENT });
    await putDestination({ key: KEY, ...destination });
    await putDelivery({ eventId: EVENT, destination: KEY, attemptCount: 2 });
    await claim();
    expect(await deliveryAt(EVENT, KEY)).toMatchObject({ ...HELD, notBefore });
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

  it("would be held, and that nobody named: who names it begins a drain as well", async () => {
    await putEvent({ eventId: EVENT });
    await putDestination({ key: KEY, consecutiveFailures: PROBE_AFTER });
    await putDelivery({ eventId: EVENT, destination: KEY });
    const stored = await deliveryAt(EVENT, KEY);
    await claim({}, []);
    expect(await deliveryAt(EVENT, KEY)).toEqual(stored);
  });
});

describe("what is due is claimed in turn", () => {
  const [first, second, third] = [0, 1, 2] as const;
  beforeEach(async () => {
    const at = { createdAt: LONG_AGO, updatedAt: LONG_AGO };
    await db.insert(accounts).values({ id: 2, accountId: "acc_2", email: "c@d.test", accountName: "C", ...at });
    for (const place of [first, second, third]) await putEvent({ eventId: eventOf(place) });
    await putEvent({ eventId: eventOf(3), account: 2 });
    for (const key of [1, 2, 3]) await putDestination({ key });
    await putDestination({ key: 4, account: 2 });
    for (const place of [first, second, third]) await putDelivery({ eventId: eventOf(place), destination: 1 });
    await putDelivery({ eventId: eventOf(third), destination: 2 });
    await putDelivery({ eventId: eventOf(3), destination: 4, nextAttemptAt: NOW });
  });
  const named = [first, second, third].map((place) => ({ eventId: eventOf(place), destination: 1 }));

  it("by account, whoever is named: the wake-ups of one keep no other's delivery waiting", async () => {
    await claim({ mostDeliveries: 2 }, named);
    expect(await leased()).toEqual(["0:1", "3:4"]);
  });

  it("in an account by destination", async () => {
    await claim({ mostDeliveries: 3 }, named);
    expect(await leased()).toEqual(["0:1", "2:2", "3:4"]);
  });

  it.each<[which: string, limits: Partial<ClaimLimits>, row: Partial<Destination>]>([
    ["that usually take long", {}, { usualDurationMs: 5_000 }],
    ["that keep somebody waiting this moment", { slowNow: [2] }, {}],
  ])("where destinations %s come last", async (_which, limits, row) => {
    await db
      .update(destinations)
      .set({ updatedAt: LONG_AGO, ...row })
      .where(eq(destinations.key, 2));
    await claim({ mostDeliveries: 4, ...limits }, named);
    expect(await leased()).toEqual(["0:1", "1:1", "2:1", "3:4"]);
  });

  it("with a retry of what is fast before what may yet be slow", async () => {
    await db.update(deliveries).set({ attemptCount: 1 }).where(eq(deliveries.destination, 2));
    await claim({ mostDeliveries: 2 }, named);
    expect(await leased()).toEqual(["2:2", "3:4"]);
  });

  it("and one of what is left is told, until nothing is", async () => {
    await claim({ mostDeliveries: 4 }, []);
    expect(await selectLeftDue(db, { ...ROOMY, ...OPEN }, NOW)).toEqual([{ eventId: eventOf(third), destination: 1 }]);
    await claim({ mostDeliveries: 1 }, [], "lse_next");
    expect(await selectLeftDue(db, { ...ROOMY, ...OPEN }, NOW)).toEqual([]);
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
    ["so many deliveries", { mostDeliveries: 3 }, ["0:1", "0:2", "1:1"]],
    ["what begins within so many bytes", { mostBytes: 101 }, ["0:1", "0:2"]],
    ["what ends at the limit of bytes, and no more", { mostBytes: 300 }, ["0:1", "0:2", "1:1"]],
    ["at least one, however large", { mostBytes: 1 }, ["0:1"]],
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
    await transaction(db, fanOut(db, both, lease, OPEN, NOW));
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
    await transaction(db, fanOut(db, [eventOf(0)], first(10), OPEN, NOW));
    expect(await deliveryAt(eventOf(0), 2)).toMatchObject({ state: "delivered", lease: null, updatedAt: LONG_AGO });
    expect(await allDeliveries()).toHaveLength(5);
  });
});

const ROOMY = { mostDeliveries: 100, mostBytes: 1_000_000, drainChunk: 25, slowNow: [] };

async function claim(
  limits: Partial<ClaimLimits> = {},
  wanted: Parameters<typeof claimDue>[1] = [{ eventId: EVENT, destination: null }],
  name = LEASE.name,
) {
  await claimDue(db, wanted, { ...LEASE, name }, { ...ROOMY, ...OPEN, ...limits }, NOW);
}

/** What is leased, as the event's place and the destination's key. */
async function leased(): Promise<string[]> {
  const places = new Map([0, 1, 2, 3].map((place) => [eventOf(place), place]));
  const rows = (await allDeliveries()).filter(({ lease }) => lease !== null);
  return rows.map(({ eventId, destination }) => `${places.get(eventId)}:${destination}`);
}
