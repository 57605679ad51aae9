import { expect, it } from "vitest";
import type { Ended } from "../../src/deliveries/delivery";
import { evidenceOf } from "../../src/deliveries/recording/evidence";

/** An attempt at a destination that began at some time and took some milliseconds. */
function ended(eventId: string, destination: number, startedAt = 0, durationMs = 1): Ended {
  const leased = { eventId, destination, attemptCount: 0, wasHeld: false };
  return { leased, attempt: { startedAt, durationMs }, transition: { isTest: false } } as unknown as Ended;
}

const idsIn = (lists: ReturnType<typeof evidenceOf>) => lists.map((list) => list.map(({ eventId }) => eventId));

it("what is new is reported together, in the order in which it ended", () => {
  const dispatches = [{ ended: [ended("a", 1, 5), ended("b", 2, 0, 9)] }, { ended: [ended("c", 1, 1)], again: false }];
  expect(idsIn(evidenceOf(dispatches))).toEqual([["c", "a", "b"]]);
});

it("what may have been written before is reported by itself, a dispatch and destination at a time", () => {
  const dispatches = [
    { ended: [ended("a", 1), ended("b", 2)], again: true },
    { ended: [ended("new", 1)] },
    { ended: [ended("c", 1), ended("d", 3), ended("e", 1)], again: true },
  ];
  expect(idsIn(evidenceOf(dispatches))).toEqual([["new"], ["a", "b", "d"], ["c", "e"]]);
});

it("nothing is no list", () => {
  expect(evidenceOf([{ ended: [] }])).toEqual([]);
});
