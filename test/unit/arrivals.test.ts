import { describe, expect, it } from "vitest";
import type { Ended } from "../../src/deliveries/delivery";
import { takeArrivals } from "../../src/deliveries/recording/arrivals";
import { firstIdAt } from "../../src/vocabulary/ids";

const RECEIVED_AT = Date.UTC(2026, 10, 24);
const EVENT = firstIdAt("evt", RECEIVED_AT);

type Row = { leased?: object; target?: object; startedAt?: number; transition?: object };

/** The first attempt of an event just received, which has arrived at that destination, unless the row says otherwise. */
function ended(destination: number, { leased, target, startedAt = RECEIVED_AT + 5, transition }: Row = {}): Ended {
  return {
    leased: {
      ...{ eventId: EVENT, destination, lease: EVENT, attemptCount: 0, ...leased },
      target: { consecutiveFailures: 0, attemptsPerSuccess: 1, ...target },
    },
    attempt: { startedAt },
    transition: { state: "delivered", isTest: false, ...transition },
  } as unknown as Ended;
}

const dispatch = (of: Ended[], again = false) => ({ ended: of, released: [], filtered: [], again });
const destinationsOf = (of: Ended[]) => of.map(({ leased }) => leased.destination);
const parted = (...dispatches: ReturnType<typeof dispatch>[]) =>
  takeArrivals(dispatches).map((one) => ({ arrivals: destinationsOf(one.arrivals), ended: destinationsOf(one.ended) }));

describe("only its row is written of a first attempt that", () => {
  it("has arrived", () => expect(parted(dispatch([ended(1), ended(2)]))).toEqual([{ arrivals: [1, 2], ended: [] }]));

  it.each<[string, Row]>([
    ["failed", { transition: { state: "pending" } }],
    ["was a test", { transition: { isTest: true } }],
    ["was not the first", { leased: { attemptCount: 1 } }],
    ["was claimed", { leased: { lease: "lse_1" } }],
    ["went where others have failed", { target: { consecutiveFailures: 1 } }],
    ["went where few arrive", { target: { attemptsPerSuccess: 2 } }],
    ["began a minute after its event came, which the cron does not count", { startedAt: RECEIVED_AT + 60_000 }],
  ])("but not where it %s", (_, row) => {
    expect(parted(dispatch([ended(1, row), ended(2)]))).toEqual([{ arrivals: [2], ended: [1] }]);
  });

  it("nor where its record may have been written before", () => {
    expect(parted(dispatch([ended(1)], true))).toEqual([{ arrivals: [], ended: [1] }]);
  });

  it("nor where another of its destination failed, so that the circuit is told in order", () => {
    const failed = ended(1, { transition: { state: "pending" } });
    expect(parted(dispatch([ended(1), ended(2)]), dispatch([failed]))).toEqual([
      { arrivals: [2], ended: [1] },
      { arrivals: [], ended: [1] },
    ]);
  });
});
