import { describe, expect, it } from "vitest";
import { changedUsualDurations, type Timed } from "../../src/deliveries/slots/usual-duration";

const SECOND_MS = 1_000;

/** One destination's attempts, by their seconds, when so many were usual. */
function usualAfter(before: number, ...seconds: number[]): number {
  const timed = seconds.map((s) => ({
    destination: 1,
    usualDurationMs: before * SECOND_MS,
    durationMs: s * SECOND_MS,
  }));
  const [changed] = changedUsualDurations(timed);
  return (changed?.usualDurationMs ?? before * SECOND_MS) / SECOND_MS;
}

describe("how long a destination usually takes", () => {
  it.each([
    [0, [0.05], 0],
    [0, [1], 0],
    [0, [1.001], 5],
    [0, [5], 5],
    [0, [10], 15],
    [0, [27], 30],
    [5, [27], 30],
    [30, [0.05], 0],
    [30, [2], 5],
    [15, [6], 15],
  ])("was %d s: attempts of %j s make it %d s", (before, seconds, usual) => {
    expect(usualAfter(before, ...seconds)).toBe(usual);
  });

  it("is not changed by one slow answer among fast ones, nor by one fast among slow ones", () => {
    expect(usualAfter(0, 0.1, 20, 0.1)).toBe(0);
    expect(usualAfter(30, 20, 0.1, 20)).toBe(30);
  });

  it("is not written again and again where answers take about as long as a step", () => {
    const alternating = [0.9, 1.1, 0.9, 1.1, 0.9, 1.1];
    let usual = 0;
    let written = 0;
    for (const seconds of alternating) {
      const next = usualAfter(usual, seconds);
      if (next !== usual) written++;
      usual = next;
    }
    expect(written).toBe(1);
  });

  it("is told of each destination by itself, and only where it has changed", () => {
    const timed: Timed[] = [
      { destination: 1, usualDurationMs: 0, durationMs: 20 },
      { destination: 2, usualDurationMs: 0, durationMs: 20_000 },
      { destination: 3, usualDurationMs: 30_000, durationMs: 20_000 },
    ];
    expect(changedUsualDurations(timed)).toEqual([{ destination: 2, usualDurationMs: 30_000 }]);
  });

  it("of nothing is nothing", () => {
    expect(changedUsualDurations([])).toEqual([]);
  });
});
