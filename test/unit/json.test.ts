import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExact, parsePlaced, placed } from "../../src/json/exact";
import type { Json } from "../../src/json/json";
import { orderOf } from "../../src/json/order";
import { parsePath, pathText, valueAt } from "../../src/json/path";
import { depthOf } from "../../src/json/scan";
import { GITHUB_PAYLOADS } from "../support/github";

/** Numbers as people and machines write them, within and beyond what a double can hold. */
const decimals = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 24n }),
    fc.integer({ min: 0, max: 24 }),
    fc.integer({ min: -330, max: 330 }),
  )
  .map(([minus, digits, point, exponent]) => {
    const text = String(digits).padStart(point + 1, "0");
    const fraction = point === 0 ? "" : `.${text.slice(-point)}`;
    return `${minus ? "-" : ""}${text.slice(0, text.length - point)}${fraction}${exponent % 3 === 0 ? `e${exponent}` : ""}`;
  });

describe("numbers", () => {
  it("have the order of their decimal values", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(orderOf(parseExact(a), parseExact(b))).toBe(exactly(a, b));
        expect(orderOf(parseExact(a), parseExact(a))).toBe(0);
      }),
    );
  });

  it("have it as well when one of them is a text", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(orderOf(a, parseExact(b))).toBe(exactly(a, b));
      }),
    );
  });

  it("have it within a payload", () => {
    fc.assert(
      fc.property(fc.array(decimals, { maxLength: 8 }), decimals, (numbers, other) => {
        const { value, numbers: aside } = parsePlaced(`[${numbers.join(", ")}]`);
        const orders = (value as Json[]).map((number) => orderOf(placed(number, aside), parseExact(other)));
        expect(orders).toEqual(numbers.map((number) => exactly(number, other)));
      }),
    );
  });

  it("take the time of their length alone", () => {
    const zeros = "0".repeat(900_000);
    expect(orderOf(JSON.rawJSON(`1${zeros}1`), JSON.rawJSON(`1${zeros}2`))).toBe(-1);
    expect(orderOf(JSON.rawJSON(`0.${zeros}1`), 0)).toBe(1);
    expect(orderOf(JSON.rawJSON(`1e${"9".repeat(400)}`), JSON.rawJSON("1e400"))).toBe(1);
  });

  it("are written as they were read", () => {
    const text =
      '{"a":12345678901234567890,"b":[1e400,0.1000000000000000055511151231257827],"c":{"rawJSON":"5"},"d":1.5}';
    expect(JSON.stringify(parseExact(text))).toBe(text);
  });
});

describe("a payload", () => {
  it("is parsed as JSON.parse does, but for the numbers that this would change", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const { value, numbers } = parsePlaced(text);
        expect(JSON.stringify(withNumbers(value, numbers))).toBe(JSON.stringify(parseExact(text)));
      }),
    );
  });

  it("of GitHub's is what JSON.parse makes of it", () => {
    for (const [, text] of GITHUB_PAYLOADS) expect(parsePlaced(text)).toEqual({ value: JSON.parse(text), numbers: [] });
  });

  it("keeps numbers in its texts and names", () => {
    const text = '{"12345678901234567890":"12345678901234567890","\\"1e5":"\\\\","x":1e5,"y":"\\\\\\"2e5"}';
    const { value, numbers } = parsePlaced(text);
    expect(numbers).toEqual(["1e5"]);
    expect(Object.keys(value as object)).toEqual(["12345678901234567890", '"1e5', "x", "y"]);
    expect(value).toMatchObject({ '"1e5': "\\", y: '\\"2e5' });
  });

  it("is parsed whatever its depth", () => {
    const depth = 400_000;
    expect(parsePlaced(`${"[".repeat(depth)}1e400${"]".repeat(depth)}`).numbers).toEqual(["1e400"]);
  });

  it.each([
    ["5", 0],
    ["[]", 1],
    ['{"a":[{}]}', 3],
    ["[[],[[]],[]]", 3],
    ['"[[["', 0],
    ['["\\"[[", "\\\\"]', 1],
    ["[[[", 3],
    ["]]]", 0],
    ['["[[', 1],
  ])("knows its depth: %s", (text, depth) => {
    expect(depthOf(text)).toBe(depth);
  });
});

describe("a path", () => {
  it("can be read again as it is written", () => {
    const step = fc.oneof(fc.string({ maxLength: 6 }), fc.integer({ min: 0, max: 9_999 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (path) => {
        expect(parsePath(pathText(path))).toEqual(path);
      }),
    );
  });

  it.each<[string, Json | undefined]>([
    ["a.b", 1],
    ["l[0]", 5],
    ["l.1", 6],
    ["l[2]", undefined],
    ["l.length", undefined],
    ["l.-1", undefined],
    ['["x.y"]', 2],
    ["a.b.c", undefined],
    ["t.length", undefined],
    ["constructor", undefined],
    ["n", null],
    ["n.a", undefined],
    ["l[$index]", undefined],
  ])("leads to what is there: %s", (text, found) => {
    const value: Json = { a: { b: 1 }, l: [5, 6], "x.y": 2, t: "text", n: null };
    const path = parsePath(text);
    expect(path && valueAt(value, path)).toBe(found);
  });

  it("takes its positions from outside, the outermost first", () => {
    const path = parsePath("a[$index].b[$index]");
    expect(path && valueAt({ a: [{ b: [1, 2] }, { b: [3, 4] }] }, path, [1, 0])).toBe(3);
  });
});

/** By whole numbers of any size: both times the same power of ten. */
function exactly(a: string, b: string): number {
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const SCALE = 400;

function scaled(text: string): bigint {
  const [, minus = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e(.+))?$/.exec(text) ?? [];
  const digits = BigInt(whole + fraction) * 10n ** BigInt(SCALE - fraction.length + Number(exponent));
  return minus ? -digits : digits;
}

function withNumbers(value: Json, numbers: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, numbers));
  if (typeof value !== "object" || value === null) return placed(value, numbers);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withNumbers(item, numbers)]));
}
