import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LeasedDelivery } from "../../src/deliveries/leased-delivery";
import { FairQueue, SLOTS_OF_ONE_DESTINATION } from "../../src/deliveries/slots/fair-queue";
import { InFlight } from "../../src/deliveries/slots/in-flight";

const SLOTS = 6;
const NOW = 1_000_000;
const isSlow = ({ target }: LeasedDelivery) => target.usualDurationMs > 0;
type Known = { consecutiveFailures?: number; usualDurationMs?: number };

describe("slots are shared", () => {
  it("by account: one delivery of another account does not wait for a hundred of the first", () => {
    const queue = new FairQueue([...many(100, "a", 1), ...many(1, "b", 200)], SLOTS, isSlow);
    expect(accountsOf(take(queue, SLOTS))).toEqual(["a", "b", "a", "a"]);
  });

  it("evenly, while both have something waiting: three slots each", () => {
    const leased = [...many(10, "a", 1), ...many(10, "a", 2), ...many(10, "b", 3), ...many(10, "b", 4)];
    expect(accountsOf(take(new FairQueue(leased, SLOTS, isSlow), SLOTS)).sort()).toEqual([
      "a",
      "a",
      "a",
      "b",
      "b",
      "b",
    ]);
  });

  it("by destination inside an account", () => {
    const queue = new FairQueue([...many(10, "a", 1), ...many(1, "a", 2), ...many(1, "a", 3)], SLOTS, isSlow);
    expect(take(queue, 3).map(({ destination }) => destination)).toEqual([1, 2, 3]);
  });

  it("with no more than three for one destination", () => {
    expect(take(new FairQueue(many(10, "a", 1), SLOTS, isSlow), SLOTS)).toHaveLength(SLOTS_OF_ONE_DESTINATION);
  });

  it("with retries of what is fast first, then healthy destinations, then failing, then slow ones", () => {
    const leased = [
      ...many(1, "a", 1, { usualDurationMs: 20_000 }),
      ...many(1, "a", 2, { consecutiveFailures: 1 }),
      ...many(1, "a", 3),
      ...many(1, "a", 4, { consecutiveFailures: 1 }).map((one) => ({ ...one, attemptCount: 1 })),
    ];
    expect(take(new FairQueue(leased, SLOTS, isSlow), 4).map(({ destination }) => destination)).toEqual([4, 3, 2, 1]);
  });

  it("with a place that was given back", () => {
    const queue = new FairQueue(many(10, "a", 1), SLOTS, isSlow);
    const [first] = take(queue, SLOTS);
    expect(queue.next()).toBeUndefined();
    if (first) queue.ended(first);
    expect(queue.next()).toBeDefined();
  });

  it("so that each delivery is given out once, or is left waiting", () => {
    const line = fc.record({ account: fc.constantFrom("a", "b", "c"), count: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.integer({ min: 0, max: 40 }), (lines, taken) => {
        const leased = lines.flatMap(({ account, count }, i) => many(count, account, i + 1));
        const queue = new FairQueue(leased, SLOTS, isSlow);
        const given = take(queue, taken, true);
        const left = queue.takeWaiting();
        expect(new Set([...given, ...left])).toEqual(new Set(leased));
        expect(given.length + left.length).toBe(leased.length);
        expect(queue.waiting).toBe(0);
      }),
    );
  });
});

describe("one isolate has only so many deliveries in flight", () => {
  const limits = { total: 8, ofAccount: 6, ofDestination: 4, characters: 1_000 };
  const few = { total: 4, ofAccount: 3, ofDestination: 2, characters: 1_000 };

  it("in all, of an account and of a destination", () => {
    const inFlight = new InFlight(limits, few);
    expect(places(inFlight, many(9, "a", 1))).toBe(4);
    expect(places(inFlight, many(9, "a", 2))).toBe(2);
    expect(places(inFlight, many(9, "b", 3))).toBe(2);
    expect(places(inFlight, many(1, "c", 4))).toBe(0);
  });

  it("and gives a place again when one has ended", () => {
    const inFlight = new InFlight(limits, few);
    const [first, second] = many(2, "a", 1);
    if (!first || !second) throw new Error("no deliveries");
    const leave = inFlight.enter(first, NOW);
    places(inFlight, many(3, "a", 1));
    expect(inFlight.enter(second, NOW)).toBeNull();
    leave?.();
    expect(inFlight.enter(second, NOW)).not.toBeNull();
  });

  it("of which slow ones have fewer places of their own, and never keep a fast one out, though it fails", () => {
    const inFlight = new InFlight(limits, few);
    const slow = { usualDurationMs: 9_000 };
    expect(places(inFlight, many(9, "a", 1, slow))).toBe(2);
    expect(places(inFlight, many(9, "a", 2, slow))).toBe(1);
    expect(places(inFlight, many(9, "b", 3, { ...slow, consecutiveFailures: 3 }))).toBe(1);
    expect(places(inFlight, many(1, "b", 6, { consecutiveFailures: 3 }))).toBe(1);
    expect(places(inFlight, many(9, "a", 4))).toBe(4);
    expect(places(inFlight, many(9, "a", 5))).toBe(2);
  });

  it("of which one that keeps somebody waiting this moment is slow, whatever it usually is", () => {
    const inFlight = new InFlight(limits, few);
    const [first, second, third] = many(3, "a", 1);
    if (!first || !second || !third) throw new Error("no deliveries");
    const leave = inFlight.enter(first, NOW);
    expect([inFlight.isSlow(second, NOW + 1_000), inFlight.slowNow(NOW + 1_000)]).toEqual([false, []]);
    expect([inFlight.isSlow(second, NOW + 1_001), inFlight.slowNow(NOW + 1_001)]).toEqual([true, [1]]);
    leave?.();
    expect([inFlight.isSlow(third, NOW + 9_000), inFlight.slowNow(NOW + 9_000)]).toEqual([false, []]);
  });

  it("though not while it keeps up: then it is we who are late", () => {
    const inFlight = new InFlight(limits, few);
    const [first, second] = many(2, "a", 1);
    if (!first || !second) throw new Error("no deliveries");
    inFlight.enter(first, NOW);
    for (let n = 0; n < 10; n++) inFlight.answered(1, 3_000, NOW + 2_000);
    expect([inFlight.isSlow(second, NOW + 2_000), inFlight.slowNow(NOW + 2_000)]).toEqual([false, []]);
    expect(inFlight.isSlow(second, NOW + 4_000), "it has answered nothing for long").toBe(true);
  });

  it("and it is slow all the same where hardly a place is left for others", () => {
    const inFlight = new InFlight(limits, few);
    const [first] = many(1, "a", 1);
    if (!first) throw new Error("no delivery");
    places(inFlight, [...many(4, "a", 1), ...many(2, "a", 2)]);
    for (let n = 0; n < 10; n++) inFlight.answered(1, 3_000, NOW + 2_000);
    expect(inFlight.isSlow(first, NOW + 2_000), "six of eight places are taken").toBe(false);
    places(inFlight, many(1, "b", 3));
    expect(inFlight.isSlow(first, NOW + 2_000), "seven of eight").toBe(true);
  });

  it("and a first attempt is not kept out at once when its destination keeps somebody waiting, but a retry is", () => {
    const inFlight = new InFlight(undefined, few);
    const [first, second, third] = many(3, "a", 1);
    if (!first || !second || !third) throw new Error("no deliveries");
    inFlight.enter(first, NOW);
    expect(inFlight.isSlow(second, NOW + 2_000)).toBe(true);
    const retry = (delivery: LeasedDelivery) => ({ ...delivery, attemptCount: 1 });
    expect(many(9, "a", 1).filter((one) => inFlight.enter(one, NOW + 2_000))).toHaveLength(9);
    expect(many(9, "a", 1).filter((one) => inFlight.enter(retry(one), NOW + 2_000))).toHaveLength(2);
    const left = many(600, "a", 1).filter((one) => inFlight.enter(one, NOW + 2_000));
    expect(left, "500 of them, and those that are slow have two places").toHaveLength(490);
  });

  it("and only so much of their payloads, but always one", () => {
    const inFlight = new InFlight({ ...limits, characters: 3 }, few);
    expect(places(inFlight, many(4, "a", 1)), "two characters each").toBe(1);
    expect(places(new InFlight({ ...limits, characters: 1 }, few), many(4, "a", 1))).toBe(1);
  });
});

describe("an account that sends faster than its events are delivered", () => {
  it("waits with its next event, the longer the more are in flight, a second at the most; others do not", () => {
    const inFlight = new InFlight();
    const waits = [250, 1, 499, 750].map((count, i) => {
      places(inFlight, many(count, "a", i));
      return inFlight.backpressureMs("a");
    });
    expect(waits).toEqual([0, 1, 500, 1_000]);
    expect(inFlight.backpressureMs("b")).toBe(0);
  });

  it("and not for what is slow, which has places of its own", () => {
    const inFlight = new InFlight(undefined, { total: 900, ofAccount: 900, ofDestination: 900, characters: 10_000 });
    expect(places(inFlight, many(600, "a", 1, { usualDurationMs: 5_000 }))).toBe(600);
    expect(inFlight.backpressureMs("a")).toBe(0);
  });
});

/** As many as it gives out, up to `most`; with `ending` each ends at once. */
function take(queue: FairQueue, most: number, ending = false): LeasedDelivery[] {
  const taken: LeasedDelivery[] = [];
  while (taken.length < most) {
    const next = queue.next();
    if (!next) break;
    taken.push(next);
    if (ending) queue.ended(next);
  }
  return taken;
}

function places(inFlight: InFlight, deliveries: LeasedDelivery[]): number {
  return deliveries.filter((one) => inFlight.enter(one, NOW) !== null).length;
}

function accountsOf(deliveries: LeasedDelivery[]): string[] {
  return deliveries.map(({ target }) => target.accountId);
}

function many(count: number, accountId: string, destination: number, known: Known = {}): LeasedDelivery[] {
  return Array.from({ length: count }, (_, i) => ({
    eventId: `evt_${i}`,
    destination,
    lease: "lse",
    attemptCount: 0,
    scheduleStart: 0,
    wasHeld: false,
    isForced: false,
    unwanted: null,
    content: { payload: "{}", contentType: null, forwardedHeaders: null, eventType: null, hops: 0, kind: null },
    target: {
      key: destination,
      destinationId: `dst_${destination}`,
      accountId,
      url: "https://shop.example/",
      httpMethod: "POST",
      sealedUrl: null,
      publicHeaders: null,
      sealedHeaders: "",
      sealedSecrets: "",
      timeoutMs: 10_000,
      retrySchedule: null,
      maxAttempts: null,
      signatureSchemes: null,
      eventTypes: null,
      filter: null,
      filterRevision: 0,
      transformation: null,
      templates: null,
      consecutiveFailures: 0,
      attemptsPerSuccess: 1,
      usualDurationMs: 0,
      updatedAt: 0,
      ...known,
    },
  }));
}
