import type { FigureName, Measured } from "./rounds.ts";

const FLOORS = ["hello", "one-write", "bare-fan-out"];
const OF_ANSWERS: FigureName[] = ["acceptedPerSecond", "answerP50Ms", "answerP99Ms"];

/**
 * What a figure is held against: one of answers against the least that must be done before an answer, the others against
 * the least that must be done at all. Null for a floor itself.
 */
export function floorOf({ contender, ...situation }: Measured, figure: FigureName): Measured | null {
  if (FLOORS.includes(contender)) return null;
  const stored = situation.destinations === 0 || OF_ANSWERS.includes(figure);
  return stored
    ? { ...situation, destinations: 0, contender: "one-write" }
    : { ...situation, contender: "bare-fan-out" };
}
