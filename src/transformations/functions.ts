import { isRaw, type Json, type JsonObject } from "../json/json";
import { formatNumber } from "./format-number";
import { SIZE_MAX } from "./meter";

/** A function of the language that is written here: its name, its parameters as JSONata notes them, and what it does. */
type Own = [name: string, signature: string, implementation: (...args: never[]) => unknown];
type Text = string | undefined;

/** In the place of the package's: those would take regular expressions, or make texts of any length. */
export const OWN: readonly Own[] = [
  ["pad", "<s-ns?:s>", pad],
  ["contains", "<s-s:b>", (text: Text, part: Text) => (part === undefined ? undefined : text?.includes(part))],
  ["replace", "<s-ssn?:s>", replace],
  ["split", "<s-sn?:a<s>>", (text: Text, separator: string, limit?: number) => text?.split(separator, limit)],
  ["join", "<a<s>s?:s>", join],
  ["formatNumber", "<n-s:s>", formatNumber],
  ["base64encode", "<s-:s>", (text: Text) => (text === undefined ? undefined : btoa(binaryOf(text)))],
  ["base64decode", "<s-:s>", decode],
  ["distinct", "<x:x>", distinct],
  ["clone", "<(oa)-:o>", clone],
  ["toMillis", "<s-:n>", toMillis],
  ["fromMillis", "<n-:s>", (millis?: number) => (millis === undefined ? undefined : new Date(millis).toISOString())],
];

/** Functions of JSONata that are left out, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  eval: "it would run what stands in the event",
  match: "it takes a regular expression, and one can take hours",
  random: "each attempt of a delivery sends the same",
  shuffle: "each attempt of a delivery sends the same",
  formatInteger: "numbers as words are left out",
  parseInteger: "numbers as words are left out",
};

/** How many arguments these take here, where JSONata would take a picture or options as well. */
export const MOST_ARGUMENTS: Readonly<Record<string, number>> = { now: 0, toMillis: 1, fromMillis: 1, formatNumber: 2 };

function pad(text: Text, width: number, fill = " "): Text {
  if (text === undefined) return undefined;
  const characters = Array.from(text).length;
  const missing = Math.abs(Math.trunc(width)) - characters;
  bound(missing);
  const filling = Array.from((fill || " ").repeat(Math.max(0, missing)))
    .slice(0, Math.max(0, missing))
    .join("");
  return width > 0 ? text + filling : filling + text;
}

function replace(text: Text, pattern: string, replacement: string, limit?: number): Text {
  if (text === undefined) return undefined;
  if (pattern === "") throw { code: "D3010" };
  const parts = text.split(pattern);
  const kept = Math.min(parts.length - 1, Math.max(0, limit ?? parts.length));
  bound(text.length + kept * replacement.length);
  const rest = parts.slice(kept).join(pattern);
  return [...parts.slice(0, kept), rest].join(replacement);
}

function join(parts: string[] | undefined, separator = ""): Text {
  if (parts) bound(parts.length * separator.length);
  return parts?.join(separator);
}

function decode(text: Text): Text {
  if (text === undefined) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    throw { code: "BASE64" };
  }
}

function binaryOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function distinct(values: Json | undefined): Json | undefined {
  if (!Array.isArray(values) || values.length <= 1) return values;
  const first = new Map<string, Json>();
  for (const value of values) {
    const key = keyOf(value);
    if (!first.has(key)) first.set(key, value);
  }
  // of what a path has found the language makes one value where one is left, of a list a list
  return "sequence" in values ? Object.assign([...first.values()], { sequence: true }) : [...first.values()];
}

/** The same text for values that are equal, in whatever order their members stand. */
function keyOf(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    typeof member === "object" && member !== null && !Array.isArray(member) && !isRaw(member)
      ? Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))
      : member,
  );
}

function clone(value: Json): Json {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== "object" || value === null || isRaw(value)) return value;
  // without a prototype, `__proto__` is a name like any other
  const copy = Object.create(null) as JsonObject;
  for (const [name, member] of Object.entries(value)) copy[name] = clone(member);
  return copy;
}

function toMillis(text: Text): number | undefined {
  if (text === undefined) return undefined;
  const isTime =
    text.length <= 40 && /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/.test(text);
  const millis = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis)) throw { code: "D3110", value: text };
  return millis;
}

function bound(length: number): void {
  if (length > SIZE_MAX) throw { code: "SIZE" };
}
