import { describe, expect, it } from "vitest";
import { percentile } from "../../src/stats/percentile";
import { due } from "../../src/stats/sum-up";
import { firstIdAt, newId, timeOfId } from "../../src/vocabulary/ids";

const BOUNDS = [10, 20, 40];
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe("a percentile", () => {
  it.each([
    [[0, 0, 0], 0.5, null],
    [[1, 0, 0], 0.5, 5],
    [[0, 4, 0], 0.5, 15],
    [[0, 4, 0], 1, 20],
    [[98, 1, 1], 0.5, 5],
    [[98, 1, 1], 0.99, 20],
    [[98, 1, 1], 1, 40],
    [[0, 0, 10], 0.95, 39],
  ])("of %j at %f is %j", (counts, share, expected) => {
    expect(percentile(counts, BOUNDS, share)).toBe(expected);
  });
});

describe("what is due to be counted", () => {
  const day = Date.UTC(2026, 0, 5);
  const minutesFrom = (time: number, count: number) => Array.from({ length: count }, (_, i) => time + i * MINUTE_MS);

  it("is the last three minutes, and those that were missed", () => {
    const end = day + 10 * MINUTE_MS;
    expect(due(day, [day + MINUTE_MS], end)).toEqual({
      minutes: [day + MINUTE_MS, ...minutesFrom(end - 3 * MINUTE_MS, 3)],
      hours: [],
    });
  });

  it("is an hour once its last minute is not counted again any more", () => {
    expect(due(day, [], day + HOUR_MS + 2 * MINUTE_MS).hours).toEqual([]);
    expect(due(day, [], day + HOUR_MS + 3 * MINUTE_MS).hours).toEqual([day]);
  });

  it("is no hour of which a minute must wait for the next run", () => {
    const missed = minutesFrom(day, 120);
    expect(due(day, missed, day + 24 * HOUR_MS).hours).toEqual([day, day + HOUR_MS]);
    expect(due(day, minutesFrom(day + 30 * MINUTE_MS, 120), day + 24 * HOUR_MS).hours).toEqual([day, day + HOUR_MS]);
  });
});

describe("the time of an id", () => {
  it.each([1, 1_767_571_200_123, 2 ** 48 - 1])("is the one it was made at: %i", (time) => {
    expect(timeOfId(firstIdAt("evt", time))).toBe(time);
    expect(timeOfId(newId("dst", time))).toBe(time);
  });
});
