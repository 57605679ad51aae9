import type { Json } from "./json";
import { numbersIn } from "./scan";

const SURE_LENGTH = 15;
/** Doubles from here on stand for numbers that a double would change: the n-th of a text is n times PLACE. */
const FIRST_PLACE = 1e290;
const PLACE = 1e292;

/**
 * Parses JSON with numbers that a double would change as raw ones, which `JSON.stringify` writes back as they were.
 * Calls itself for every level and is slow: for short texts of bounded depth. Throws a SyntaxError when it is no JSON.
 */
export function parseExact(json: string): Json {
  return JSON.parse(json, (_name, value, { source = "" }) =>
    typeof value === "number" && !isKept(source) ? JSON.rawJSON(source) : value,
  ) as Json;
}

/** A parsed text, and its numbers that a double would change, in their order: for these the value has places, see `placed`. */
export type PlacedJson = { value: Json; numbers: readonly string[] };

/**
 * Parses JSON of any size and depth, at most twice the cost of `JSON.parse`; a reviver with the source of each number
 * costs fifteen times as much and a call for every level. `json` must be valid.
 */
export function parsePlaced(json: string): PlacedJson {
  const numbers: string[] = [];
  let text = "";
  let copied = 0;
  for (const [start, end] of numbersIn(json, SURE_LENGTH)) {
    const source = json.slice(start, end);
    if (isKept(source)) continue;
    numbers.push(source);
    text += `${json.slice(copied, start)}${numbers.length}${String(PLACE).slice(1)}`;
    copied = end;
  }
  return { value: JSON.parse(text + json.slice(copied)) as Json, numbers };
}

/** The value, a raw number where it is the place of one. `numbers` are those that came with it. */
export function placed(value: Json, numbers: readonly string[]): Json {
  if (typeof value !== "number" || value < FIRST_PLACE) return value;
  const written = numbers[Math.round(value / PLACE) - 1];
  return written === undefined ? value : JSON.rawJSON(written);
}

/** Whether a double says the same: there is no other number of that many digits with the same double. */
function isKept(source: string): boolean {
  if (source.length <= SURE_LENGTH && !/e/i.test(source)) return true;
  const value = Number(source);
  return String(value) === source && Math.abs(value) < FIRST_PLACE;
}
