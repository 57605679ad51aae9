import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/filters/compile";
import { explain, matches } from "../../../src/filters/evaluate";
import { EVENT_STEPS_MAX, EventView } from "../../../src/filters/event-view";
import { explanationOf } from "../../../src/filters/explanation";
import { STEPS_MAX } from "../../../src/filters/run";

const list = (length: number, item: string) => `[${Array(length).fill(item)}]`;
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("a filter that takes too much work stops, and matches nothing", () => {
  it.each([
    ["a long list", list(STEPS_MAX, "1"), '{"a":2}'],
    ["a long list, many times", list(2_000, "1"), `{"a":{"$or":${list(190, '{"$gt":2}')}}}`],
    ["a long list of lists", list(20_000, list(5, "1")), '{"a":2}'],
    ["a long list of objects", list(60_000, '{"b":1}'), '{"a":{"b":2}}'],
    ["a list among a list", list(20_000, "1"), '{"a":{"$in":{"$ref":"b"}}}', list(20_000, "2")],
    ["a list among no list", list(STEPS_MAX, "1"), '{"a":{"$nin":[2]}}'],
    ["a value among a long list", "1", '{"a":{"$in":{"$ref":"b"}}}', list(STEPS_MAX, "2")],
    ["a text with one of many beginnings", '"x"', '{"a":{"$startsWith":{"$ref":"b"}}}', list(STEPS_MAX, '"y"')],
    [
      "a search that goes back at every character",
      JSON.stringify("a".repeat(900_000)),
      `{"a":{"$in":"${"a".repeat(50)}b"}}`,
    ],
    [
      "a search for a text of the payload",
      JSON.stringify("ab".repeat(200_000)),
      '{"a":{"$in":{"$ref":"b"}}}',
      JSON.stringify(`aa${"ab".repeat(100_000)}`),
    ],
    ["a number of a million digits, many times", "1".repeat(900_000), `{"a":{"$or":${list(190, '{"$lt":2}')}}}`],
    ["a text that is such a number", `"${"1".repeat(900_000)}"`, `{"a":{"$or":${list(190, '{"$lt":2}')}}}`],
    ["many numbers that doubles would change", list(40_000, "12345678901234567890"), '{"a":{"$lt":5}}'],
    ["lists in lists", nested(50_000), '{"a":1}'],
    ["lists in lists, excluded", nested(50_000), '{"a":{"$not":1}}'],
    ["lists in lists, compared with each other", nested(50_000), '{"a":{"$eq":{"$ref":"b"}}}', nested(50_000)],
    ["equal lists", list(STEPS_MAX, "1"), '{"a":{"$ref":"b"}}', list(STEPS_MAX, "1")],
    ["a list that may not have it", list(STEPS_MAX, "1"), '{"a":{"$not":2}}'],
    ["an alternative behind it", list(STEPS_MAX, "1"), '{"$or":[{"a":2},{"a":{"$exist":true}}]}'],
  ])("%s", (_situation, a, filter, b = "null") => {
    const { event, filter: compiled } = ask(`{"a":${a},"b":${b}}`, filter);
    expect(matches(compiled, event)).toBe(false);
    const mismatch = explain(compiled, event);
    expect(mismatch).toEqual({ kind: "too_much_work" });
    expect(mismatch && explanationOf(mismatch)).toMatch(/more in it than a filter may look at/);
  });
});

it("a hundred such filters of one event stop as well, and the next event is asked as if nothing had been", () => {
  const hostile = ask(`{"a":${list(STEPS_MAX, "1")}}`, '{"a":2}');
  for (let n = 0; n < 100; n++) expect(matches(hostile.filter, hostile.event)).toBe(false);
  expect(hostile.event.stepsLeft).toBeLessThanOrEqual(0);
  expect(hostile.event.stepsLeft).toBeGreaterThan(-2 * STEPS_MAX);
  const wanted = ask('{"a":1,"b":1}', '{"a":1}');
  expect(matches(wanted.filter, wanted.event)).toBe(true);
  expect(wanted.event.stepsLeft).toBeGreaterThan(EVENT_STEPS_MAX - 100);
});

describe("a filter has enough work for what people send", () => {
  it.each([
    [
      "five thousand line items",
      list(5_000, '{"sku":"A","price":"598.94"}'),
      '{"a":{"sku":"A","price":{"$gt":599}}}',
      false,
    ],
    ["thirty thousand numbers", list(30_000, "1"), '{"a":{"$gt":2}}', false],
    ["a word in a long text", JSON.stringify(`${"lorem ipsum ".repeat(40_000)}urgent`), '{"a":{"$in":"urgent"}}', true],
    ["the beginning of a text of a megabyte", JSON.stringify("x".repeat(900_000)), '{"a":{"$startsWith":"xx"}}', true],
    ["ten thousand numbers of seventy digits", list(9_900, "1".repeat(70)), '{"a":{"$lt":5}}', false],
    ["a deep payload, beside what is asked for", nested(400_000), '{"b":12345678901234567891}', true],
    ["a million digits, once", "1".repeat(900_000), '{"a":{"$gt":1}}', true],
    [
      "a list of ids",
      '"id_199"',
      JSON.stringify({ a: { $in: Array.from({ length: 200 }, (_, i) => `id_${i}`) } }),
      true,
    ],
    ["two hundred conditions", list(300, "1"), `{"a":{"$or":${list(198, '{"$eq":2}')}}}`, false],
  ])("%s", (_situation, a, filter, expected) => {
    const { event, filter: compiled } = ask(`{"a":${a},"b":12345678901234567891}`, filter);
    expect(matches(compiled, event)).toBe(expected);
    expect(explain(compiled, event)).not.toEqual({ kind: "too_much_work" });
  });
});

it("looks at nothing more once it has found what it wants", () => {
  const { event, filter } = ask(`{"a":${list(STEPS_MAX, "1")}}`, '{"a":1}');
  expect(matches(filter, event)).toBe(true);
});

it("takes no prototype for an answer and leaves none behind", () => {
  const { event, filter } = ask('{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":1}}');
  expect(matches(filter, event)).toBe(true);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

it("parses an event once for all filters", () => {
  const { event, filter } = ask('{"a":1}', '{"a":1}');
  const parsed = event.payload;
  matches(filter, event);
  explain(filter, event);
  expect(event.payload).toBe(parsed);
});

function ask(payload: string, json: string) {
  const compiled = compileFilter(json);
  if (compiled.kind === "refused") throw new Error(JSON.stringify(compiled.errors));
  return { event: new EventView({ payload, headers: {}, type: null }), filter: compiled.filter };
}
