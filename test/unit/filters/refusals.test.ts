import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/filters/compile";
import { FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TESTS_MAX } from "../../../src/filters/filter";

describe("a filter that cannot be meant", () => {
  const object = 'Give a JSON object, such as {"order": {"total": {"$gte": 100}}}.';
  const path = 'Give the path of a member of the payload, such as "order.items[0].price".';
  const ordered = "Give a number or a text.";
  const texts = "Give a text, or a list of one or more texts.";
  const among = "Give a list of one or more values, or a text to look for.";
  const conditions = "Give a list of one or more conditions.";

  it.each([
    ["no JSON", '{"a":', "filter", object],
    ["empty", "", "filter", object],
    ["a list", "[1]", "filter", object],
    ["a text", '"a"', "filter", object],
    ["null", "null", "filter", object],
    ["a number that a double would change", "12345678901234567890", "filter", object],
    ["$gt of nothing", '{"a":{"$gt":null}}', "filter.a.$gt", ordered],
    ["$lte of a boolean", '{"a":{"$lte":true}}', "filter.a.$lte", ordered],
    ["$lt of an object", '{"a":{"$lt":{"b":1}}}', "filter.a.$lt", ordered],
    ["$gte of a list", '{"a":{"$gte":[1]}}', "filter.a.$gte", ordered],
    ["$in of nothing", '{"a":{"$in":[]}}', "filter.a.$in", among],
    ["$nin of an object", '{"a":{"$nin":{"b":1}}}', "filter.a.$nin", among],
    ["$startsWith of a number", '{"a":{"$startsWith":5}}', "filter.a.$startsWith", texts],
    ["$endsWith of no texts", '{"a":{"$endsWith":[]}}', "filter.a.$endsWith", texts],
    ["$endsWith of mixed values", '{"a":{"$endsWith":["a",1]}}', "filter.a.$endsWith", texts],
    ["$exist of a number", '{"a":{"$exist":1}}', "filter.a.$exist", "Give true or false."],
    ["$or of nothing", '{"$or":[]}', "filter.$or", conditions],
    ["$and of an object", '{"a":{"$and":{"b":1}}}', "filter.a.$and", conditions],
    ["$ref of a number", '{"a":{"$ref":5}}', "filter.a.$ref", path],
    ["$ref of nothing", '{"a":{"$ref":""}}', "filter.a.$ref", path],
    ["$ref with an empty name", '{"a":{"$ref":"b..c"}}', "filter.a.$ref", path],
    ["$ref with a point at its end", '{"a":{"$ref":"b."}}', "filter.a.$ref", path],
    ["$ref with a point before it", '{"a":{"$ref":".b"}}', "filter.a.$ref", path],
    ["$ref with an open bracket", '{"a":{"$ref":"b[0"}}', "filter.a.$ref", path],
    ["$ref with a wildcard", '{"a":{"$ref":"b[*]"}}', "filter.a.$ref", path],
    ["$ref with a script", '{"a":{"$ref":"b[(@.length-1)]"}}', "filter.a.$ref", path],
    ["$ref with a name behind a bracket", '{"a":{"$ref":"b[0]c"}}', "filter.a.$ref", path],
    ["$ref with an escape that is none", '{"a":{"$ref":"b[\\"\\\\x\\"]"}}', "filter.a.$ref", path],
    ["$ref of 21 names", `{"a":{"$ref":"a${".a".repeat(20)}"}}`, "filter.a.$ref", path],
    ["$ref of 257 characters", `{"a":{"$ref":"${"a".repeat(257)}"}}`, "filter.a.$ref", path],
    ["$gt of a wrong $ref", '{"a":{"$gt":{"$ref":null}}}', "filter.a.$gt.$ref", path],
    [
      "$type inside of the payload",
      '{"a":{"$type":"x"}}',
      "filter.a.$type",
      "Move $type to the top: only the event itself has it.",
    ],
    [
      "$headers inside of $headers",
      '{"$headers":{"$headers":{}}}',
      "filter.$headers.$headers",
      "Move $headers to the top: only the event itself has it.",
    ],
    [
      "$headers of a text",
      '{"$headers":"x-a"}',
      "filter.$headers",
      'Give an object of header names, such as {"x-priority": "high"}.',
    ],
    ["a slip deep down", '{"$or":[{"a":1},{"b":[1,{"$not":{"$in":[]}}]}]}', "filter.$or.1.b.1.$not.$in", among],
  ])("is refused where it is wrong, with what to do: %s", (_situation, json, path, message) => {
    expect(compileFilter(json)).toEqual({ kind: "refused", errors: [{ path, message }] });
  });

  it.each([
    ["$exists", "There is no operator $exists. Did you mean $exist? For a member of that name write $$exists."],
    ["$ne", "There is no operator $ne. Did you mean $neq? For a member of that name write $$ne."],
    [
      "$startswith",
      "There is no operator $startswith. Did you mean $startsWith? For a member of that name write $$startswith.",
    ],
    [
      "$regex",
      expect.stringMatching(/^There is no operator \$regex. Use one of \$eq, \$neq, .* \$headers\. For a member/),
    ],
    ["$where", expect.stringMatching(/^There is no operator \$where\. Use one of /)],
    ["$", expect.stringMatching(/^There is no operator \$\. Use one of .* write \$\$\.$/)],
  ])("is refused for the operator %s, which does not exist", (name, message) => {
    expect(compileFilter(JSON.stringify({ a: { [name]: "x" } }))).toEqual({
      kind: "refused",
      errors: [{ path: `filter.a.${name}`, message }],
    });
  });

  it("is told all that is wrong at once", () => {
    const compiled = compileFilter('{"a":{"$gt":null},"b":{"$in":[]},"$or":[]}');
    const places = compiled.kind === "refused" ? compiled.errors.map(({ path }) => path) : [];
    expect(places).toEqual(["filter.a.$gt", "filter.b.$in", "filter.$or"]);
  });
});

describe("a filter is taken up to its limits and not beyond", () => {
  it.each([
    ["length", FILTER_LENGTH_MAX, (n: number) => `{"a":"${"x".repeat(n - 8)}"}`, "Use at most 8192 characters."],
    ["depth", FILTER_DEPTH_MAX, (n: number) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`, "Use at most 20 levels."],
    [
      "depth of values",
      FILTER_DEPTH_MAX,
      (n: number) => `{"a":{"$eq":${"[".repeat(n - 2)}${"]".repeat(n - 2)}}}`,
      "Use at most 20 levels.",
    ],
    [
      "conditions",
      FILTER_TESTS_MAX,
      (n: number) => `{"$or":[${Array(n - 1).fill('{"$eq":1}')}]}`,
      "Use at most 200 conditions.",
    ],
  ])("of %s", (_limit, most, filterOf, message) => {
    expect(compileFilter(filterOf(most))).toMatchObject({ kind: "compiled" });
    expect(compileFilter(filterOf(most + 1))).toEqual({ kind: "refused", errors: [{ path: "filter", message }] });
  });

  it.each([
    ["brackets alone", "[".repeat(8_000)],
    ["objects alone", '{"a":'.repeat(1_600)],
    ["a text that never ends", `{"a":"${"\\".repeat(8_000)}`],
    ["negations", `${'{"$not":'.repeat(900)}1${"}".repeat(900)}`],
  ])("of what is hostile: %s", (_situation, json) => {
    expect(compileFilter(json)).toMatchObject({ kind: "refused", errors: [{ path: "filter" }] });
  });
});
