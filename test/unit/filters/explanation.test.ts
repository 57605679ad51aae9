import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/filters/compile";
import { explain } from "../../../src/filters/evaluate";
import { EventView } from "../../../src/filters/event-view";
import { explanationOf } from "../../../src/filters/explanation";
import type { Mismatch } from "../../../src/filters/mismatch";

describe("an event that a filter leaves out", () => {
  it("says where the filter looked, what it asked for and what was there", () => {
    expect(why('{"order":{"total":99}}', '{"order":{"total":{"$gte":100}}}')).toEqual({
      kind: "condition",
      filterPath: "order.total.$gte",
      path: "order.total",
      operator: "$gte",
      expected: "100",
      reference: null,
      found: "99",
      list: null,
    });
  });

  it("says nothing when it is asked for after all", () => {
    expect(why('{"order":{"total":100}}', '{"order":{"total":{"$gte":100}}}')).toBeNull();
  });

  it.each([
    ['{"a":"open"}', '{"a":"paid"}', 'a is "open", not "paid" (a).'],
    ["{}", '{"a":"paid"}', "a is not there (a)."],
    ['{"a":null}', '{"a":"paid"}', 'a is null, not "paid" (a).'],
    ['{"a":1}', '{"a":{"$eq":2}}', "a is 1, not 2 (a.$eq)."],
    ['{"a":1}', '{"a":{"$neq":1}}', "a is 1, which $neq excludes (a.$neq)."],
    ['{"a":1}', '{"a":{"$gt":2}}', "a is 1, not greater than 2 (a.$gt)."],
    ['{"a":1}', '{"a":{"$gte":2}}', "a is 1, not 2 or greater (a.$gte)."],
    ['{"a":3}', '{"a":{"$lt":2}}', "a is 3, not less than 2 (a.$lt)."],
    ['{"a":3}', '{"a":{"$lte":2}}', "a is 3, not 2 or less (a.$lte)."],
    ['{"a":3}', '{"a":{"$in":[1,"x"]}}', 'a is 3, not in [1,"x"] (a.$in).'],
    ['{"a":"abc"}', '{"a":{"$in":"x"}}', 'a is "abc", which does not contain "x" (a.$in).'],
    ['{"a":3}', '{"a":{"$nin":[1,3]}}', "a is 3, which $nin excludes (a.$nin)."],
    ['{"a":"abc"}', '{"a":{"$startsWith":"b"}}', 'a is "abc", which does not start with "b" (a.$startsWith).'],
    ['{"a":"abc"}', '{"a":{"$endsWith":["a","b"]}}', 'a is "abc", which does not end with ["a","b"] (a.$endsWith).'],
    ["{}", '{"a":{"$exist":true}}', "a is not there (a.$exist)."],
    ['{"a":5}', '{"a":{"$exist":false}}', "a is there: 5 (a.$exist)."],
    ['{"a":5}', '{"a":{"$or":[1,2]}}', "a is 5, and none of the conditions of $or holds (a.$or)."],
    ["{}", '{"a":{"$or":[1,2]}}', "a is not there, and none of the conditions of $or holds (a.$or)."],
    [
      '{"a":5}',
      '{"$or":[{"a":1},{"b":2}]}',
      "The payload is an object, and none of the conditions of $or holds ($or).",
    ],
    ['{"a":5}', '{"a":{"$and":[5,{"$lt":3}]}}', "a is 5, not less than 3 (a.$and.1.$lt)."],
    ['{"a":5}', '{"a":{"$not":{"$gt":3}}}', "a is 5, which $not excludes (a.$not)."],
    ["{}", '{"a":{"$not":{"$exist":false}}}', "a is not there, which $not excludes (a.$not)."],
    ['{"a":5}', '{"a":{"b":1}}', "a is 5, not an object (a)."],
    ["5", '{"a":1}', "The payload is 5, not an object."],
    ["{}", '{"a":{"b":1}}', "a is not there (a)."],
    ['{"a":5}', '{"a":[1]}', "a is 5, not a list with what is asked for (a)."],
    ['{"a":[]}', '{"a":[1]}', "a is an empty list, not a list with what is asked for (a)."],
    ['{"a":[]}', '{"a":1}', "a is an empty list, not 1 (a)."],
    ['{"a":[]}', '{"a":{"b":1}}', "a is an empty list, not an object (a)."],
    ['{"a":[7]}', '{"a":1}', "a[0] is 7, not 1 (a)."],
    ['{"a":[7,8,9]}', '{"a":1}', "a[0] is 7, not 1 (a). None of the 3 in a passes."],
    ['{"a":[1,2]}', '{"a":[1,3]}', "a[0] is 1, not 3 (a.1). None of the 2 in a passes."],
    [
      '{"a":[{"b":1},{"b":2}]}',
      '{"a":{"b":{"$gt":5}}}',
      "a[0].b is 1, not greater than 5 (a.b.$gt). None of the 2 in a passes.",
    ],
    [
      '[{"b":1},{"b":2}]',
      '{"b":{"$gt":5}}',
      "[0].b is 1, not greater than 5 (b.$gt). None of the 2 in the payload passes.",
    ],
    ['{"a":[1,2]}', '{"a":{"$eq":[2,1]}}', "a is a list of 2, not [2,1] (a.$eq)."],
    ['{"a":{"b":1}}', '{"a":"x"}', 'a is an object, not "x" (a).'],
    ['{"a":1,"b":2}', '{"a":{"$ref":"b"}}', "a is 1, not b, which is 2 (a.$ref)."],
    ['{"a":1}', '{"a":{"$ref":"b"}}', "a is 1, not b, which is not there (a.$ref)."],
    ['{"a":1,"b":2}', '{"a":{"$gt":{"$ref":"b"}}}', "a is 1, not greater than b, which is 2 (a.$gt)."],
    ['{"a":{"b.c":1}}', '{"a":{"b.c":2}}', 'a["b.c"] is 1, not 2 (a.b.c).'],
    [
      '{"a":12345678901234567890}',
      '{"a":12345678901234567891}',
      "a is 12345678901234567890, not 12345678901234567891 (a).",
    ],
    ["{}", '{"$type":"order.open"}', '$type is "order.paid", not "order.open" ($type).'],
    ["{}", '{"$headers":{"X-Priority":"low"}}', '$headers.x-priority is "high", not "low" ($headers.X-Priority).'],
    ["{}", '{"$headers":{"x-other":"low"}}', "$headers.x-other is not there ($headers.x-other)."],
  ])("%s for %s: %s", (payload, filter, sentence) => {
    const mismatch = why(payload, filter);
    expect(mismatch && explanationOf(mismatch)).toBe(sentence);
  });

  it("names the first condition of several that did not hold", () => {
    expect(why('{"a":1,"b":2,"c":3}', '{"a":1,"b":9,"c":9}')).toMatchObject({ filterPath: "b", found: "2" });
  });

  it("names what failed in the end, not what did on the way", () => {
    const passed = '{"$or":[{"a":5},{"a":1}],"tags":"y","$not":{"a":7},"b":9}';
    expect(why('{"a":1,"tags":["x","y"],"b":2}', passed)).toMatchObject({ filterPath: "b", path: "b", list: null });
  });

  it.each([
    ["a long text", JSON.stringify("x".repeat(5_000)), `"${"x".repeat(100)}"…`],
    ["a long number", "1".repeat(5_000), `${"1".repeat(100)}…`],
    ["a long list", `[${"1,".repeat(4_999)}1]`, "a list of 5000"],
    ["a deep list", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "a list of 1"],
    ["a deep object", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`, "an object"],
  ])("shows little of %s", (_situation, json, found) => {
    expect(why(`{"a":${json}}`, '{"a":{"$exist":false}}')).toMatchObject({ found });
  });

  it("shows little of a long condition", () => {
    const list = JSON.stringify(Array.from({ length: 100 }, (_, i) => `value ${i}`));
    expect(why('{"a":1}', `{"a":{"$in":${list}}}`)).toMatchObject({ expected: `${list.slice(0, 100)}…` });
  });
});

function why(payload: string, json: string): Mismatch | null {
  const compiled = compileFilter(json);
  if (compiled.kind === "refused") throw new Error(JSON.stringify(compiled.errors));
  const headers = { "x-priority": "high" };
  return explain(compiled.filter, new EventView({ payload, headers, type: "order.paid" }));
}
