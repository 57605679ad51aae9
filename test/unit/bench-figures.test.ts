import { describe, expect, it } from "vitest";
import { floorOf } from "../../bench/figures/floors";
import { type Outcome, reconcile } from "../../bench/figures/reconcile";
import { type Figures, Rounds } from "../../bench/figures/rounds";
import { percentile, spread, spreadOfRatios } from "../../bench/figures/spread";
import { runningMs } from "../../bench/profile/running-ms";

const WHOLE: Outcome = { sent: 2, statuses: { 200: 2 }, destinations: 3, counts: [1, 1, 1, 1, 1, 1], strangers: 0 };

describe("a measured run", () => {
  it("adds up when every event was accepted and came to every destination once", () => {
    expect(reconcile(WHOLE)).toEqual({ sent: 2, accepted: 2, delivered: 6, duplicates: 0 });
  });

  it("adds up without destinations", () => {
    const nobody = { ...WHOLE, destinations: 0, counts: [] };
    expect(reconcile(nobody)).toEqual({ sent: 2, accepted: 2, delivered: 0, duplicates: 0 });
  });

  it.each<[string, Partial<Outcome>, string]>([
    ["a lost delivery", { counts: [1, 1, 1, 1, 0, 1] }, "6 to deliver and 5 delivered"],
    ["a delivery made twice", { counts: [1, 1, 2, 1, 1, 1] }, "1 delivered again"],
    [
      "one lost and another made twice",
      { counts: [1, 0, 2, 1, 1, 1] },
      "6 to deliver and 5 delivered; 1 delivered again",
    ],
    ["an event that was refused", { statuses: { 200: 1, 503: 1 } }, '2 sent and 1 accepted: {"200":1,"503":1}'],
    ["an event without an answer", { statuses: { 200: 1 } }, "2 sent and 1 accepted"],
    ["an event of another run", { strangers: 1 }, "1 that nobody expected"],
  ])("is refused for %s", (_what, differs, fault) => {
    expect(() => reconcile({ ...WHOLE, ...differs })).toThrow(fault);
  });
});

describe("rounds", () => {
  it("are summed up by the middle one, or between the two in the middle, with the lowest and the highest", () => {
    expect(spread([9, 10, 2])).toEqual({ median: 9, low: 2, high: 10 });
    expect(spread([9, 10, 2, 4])).toEqual({ median: 6.5, low: 2, high: 10 });
    expect(spread([7])).toEqual({ median: 7, low: 7, high: 7 });
  });

  it("leave out what was not measured", () => {
    expect(spread([null, 3])).toEqual({ median: 3, low: 3, high: 3 });
    expect(spread([null])).toBeNull();
    expect(spreadOfRatios([6, null, 6], [2, 2, 0])).toEqual({ median: 3, low: 3, high: 3 });
  });

  it("compare a figure with its floor's of the same round, not with the floor's middle one", () => {
    expect(spreadOfRatios([10, 40, 90], [10, 20, 30])).toEqual({ median: 2, low: 1, high: 3 });
  });

  it("hold answers against a write, deliveries against a bare fan-out, and floors against nothing", () => {
    const rounds = new Rounds(floorOf);
    const nobody = { destinations: 0, connections: 64 };
    const three = { destinations: 3, connections: 64 };
    const note = (situation: typeof nobody, who: string, figures: Omit<Figures, "duplicates">) =>
      rounds.note({ ...situation, contender: who }, { ...figures, duplicates: 0 });
    note(nobody, "one-write", { acceptedPerSecond: 100, processorMsPerEvent: 1 });
    note(nobody, "gateway", { acceptedPerSecond: 150, processorMsPerEvent: 2 });
    note(three, "bare-fan-out", { acceptedPerSecond: 900, deliveredPerSecond: 80, processorMsPerEvent: 4 });
    note(three, "gateway", { acceptedPerSecond: 50, deliveredPerSecond: 60, processorMsPerEvent: 6 });

    const times = rounds
      .rows()
      .map(({ destinations, contender, acceptedPerSecond, deliveredPerSecond, processorMsPerEvent }) => [
        `${contender}, ${destinations}`,
        [acceptedPerSecond, deliveredPerSecond, processorMsPerEvent].map((figure) => figure?.times?.median ?? null),
      ]);
    expect(times).toEqual([
      ["one-write, 0", [null, null, null]],
      ["gateway, 0", [1.5, null, 2]],
      ["bare-fan-out, 3", [null, null, null]],
      ["gateway, 3", [0.5, 0.75, 1.5]],
    ]);
  });
});

describe("percentiles", () => {
  it("are the value that so many lie below", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([51, 100, 100]);
    expect(percentile([], 0.5)).toBeNull();
  });
});

describe("the time an isolate ran", () => {
  const nodes = ["(idle)", "work"].map((functionName, id) => ({ id, callFrame: { functionName } }));

  it("is that of its samples at the pace at which they were really taken, pauses left out", () => {
    const profile = { nodes, samples: [1, 1, 1, 0, 1], timeDeltas: [90_000, 1_100, 1_300, 1_200, 40_000] };
    expect(runningMs(profile, 1_000)).toBeCloseTo(4 * 1.2);
  });

  it("is told by the pace that was asked for where no two samples follow each other", () => {
    expect(runningMs({ nodes, samples: [1, 1], timeDeltas: [7_000, 9_000] }, 1_000)).toBe(2);
  });
});
