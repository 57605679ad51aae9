import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { compileSchema, violationsOf } from "../../../src/event-types/schemas/schema";

function compiled(schema: unknown) {
  const reading = compileSchema(typeof schema === "string" ? schema : JSON.stringify(schema));
  if (reading.kind === "refused") throw new Error(JSON.stringify(reading.errors));
  return reading.schema;
}

const violations = (schema: unknown, payload: string) => violationsOf(compiled(schema), payload);
const refusals = (schema: unknown) => {
  const reading = compileSchema(typeof schema === "string" ? schema : JSON.stringify(schema));
  return reading.kind === "refused" ? reading.errors : [];
};

const ORDER = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://acme.example/order.json",
  type: "object",
  required: ["id", "lines"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^ord_[0-9]+$" },
    total: { type: "number", minimum: 0 },
    mail: { type: "string", format: "email" },
    state: { enum: ["open", "paid", null] },
    lines: { type: "array", minItems: 1, items: { $ref: "#/$defs/line" } },
    "a.b/c~d%": { $ref: "#/$defs/odd~1na~0me%25" },
  },
  $defs: {
    line: {
      type: "object",
      required: ["sku"],
      properties: { sku: { type: "string" }, count: { $ref: "#/$defs/count" } },
    },
    count: { type: "integer", exclusiveMinimum: 0 },
    "odd/na~me%": { type: "boolean" },
  },
};

describe("an event that breaks the schema of its type", () => {
  it("is told everything that is wrong, and where", () => {
    const payload = JSON.stringify({
      id: "17",
      total: -1,
      mail: "nobody",
      state: "lost",
      lines: [{ sku: "a", count: 1 }, { count: 0 }],
      "a.b/c~d%": 1,
      more: true,
    });
    expect(violations(ORDER, payload)).toEqual([
      { path: "more", message: "This is not allowed here." },
      { path: "id", message: "This does not match ^ord_[0-9]+$." },
      { path: "total", message: "This is less than 0." },
      { path: "mail", message: "This is no email." },
      { path: "state", message: 'This is not one of "open", "paid", null.' },
      { path: "lines[1].sku", message: "This is missing." },
      { path: "lines[1].count", message: "This is not more than 0." },
      { path: '["a.b/c~d%"]', message: "This is of type number, not boolean." },
    ]);
  });

  it("hears of the whole where the whole is wrong", () => {
    expect(violations(ORDER, "[]")).toEqual([{ path: "", message: "This is of type array, not object." }]);
    expect(violations(ORDER, '{"id":"ord_1"}')).toEqual([{ path: "lines", message: "This is missing." }]);
  });

  it("hears that none of some schemas fits, not what each of them misses", () => {
    const schema = { properties: { to: { anyOf: [{ type: "string" }, { type: "object", required: ["id"] }] } } };
    expect(violations(schema, '{"to":{}}')).toEqual([
      { path: "to", message: "This fits none of the schemas of anyOf." },
    ]);
    const both = { oneOf: [{ required: ["a"] }, { required: ["b"] }], properties: { a: { type: "null" } } };
    expect(violations(both, '{"a":1,"b":2}').map(({ path }) => path)).toEqual(["", "a"]);
  });

  it("hears of ten things at most, in two hundred characters each", () => {
    const schema = { additionalProperties: false, properties: { e: { enum: ["x".repeat(1_000)] } } };
    const payload = JSON.stringify({
      e: 1,
      ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}${"y".repeat(300)}`, i])),
    });
    const found = violations(schema, payload);
    expect(found).toHaveLength(10);
    expect(Math.max(...found.flatMap(({ path, message }) => [path.length, message.length]))).toBe(200);
  });

  it("is told so of a name with half a character in it", () => {
    expect(violations({ additionalProperties: false }, '{"\\ud800":1}')).toHaveLength(1);
  });

  it("is held to numbers as doubles: beyond 2^53 neighbours are one", () => {
    expect(violations({ const: 9007199254740992 }, "9007199254740993")).toEqual([]);
    expect(violations({ type: "integer", minimum: 1 }, "12345678901234567890")).toEqual([]);
    expect(violations({ maximum: 10 }, "1e400")).toHaveLength(1);
  });
});

/** Each of so many levels stands for the one below twice. */
function doubling(levels: number): object {
  const below = (i: number) => ({ $ref: `#/$defs/d${i - 1}` });
  const level = (i: number) => [`d${i}`, i === 0 ? {} : { allOf: [below(i), below(i)] }];
  return {
    $ref: `#/$defs/d${levels}`,
    $defs: Object.fromEntries(Array.from({ length: levels + 1 }, (_, i) => level(i))),
  };
}

describe("a schema", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["another document", { $ref: "https://evil.example/s.json" }, "$ref", /Nothing is fetched/],
    ["a file", { $ref: "other.json#/a" }, "$ref", /Nothing is fetched/],
    ["what is not there", { $ref: "#/$defs/none" }, "$ref", /nothing at this place/],
    ["a name of the prototype there", { $ref: "#/$defs/constructor", $defs: {} }, "$ref", /nothing at this place/],
    ["no text in UTF-8 there", { $ref: "#/$defs/%ff", $defs: {} }, "$ref", /nothing at this place/],
    ["itself", { properties: { child: { $ref: "#" } } }, "properties.child.$ref", /part of itself/],
    [
      "itself, at once",
      { $ref: "#/$defs/a", $defs: { a: { allOf: [{ $ref: "#/$defs/a" }] } } },
      "$ref.allOf.0.$ref",
      /part of itself/,
    ],
    [
      "itself, by a detour",
      { $ref: "#/$defs/a", $defs: { a: { items: { $ref: "#/$defs/b" } }, b: { not: { $ref: "#/$defs/a" } } } },
      "$ref.items.$ref.not.$ref",
      /part of itself/,
    ],
    [
      "an expression that backtracks",
      { properties: { a: { pattern: "^(a+)+$" } } },
      "properties.a.pattern",
      /very long/,
    ],
    ["no expression", { pattern: "(" }, "pattern", /very long/],
    ["names by expression", { patternProperties: { "^x": {} } }, "patternProperties", /not taken/],
    ["items that differ", { uniqueItems: true }, "uniqueItems", /not taken/],
    ["what was not looked at", { unevaluatedProperties: false }, "unevaluatedProperties", /not taken/],
    ["an anchor", { $dynamicRef: "#node" }, "$dynamicRef", /not taken/],
    ["an object to compare with", { enum: [1, { a: 1 }] }, "enum", /texts, numbers/],
    ["a list to compare with", { const: [1] }, "const", /texts, numbers/],
    ["a misspelt keyword", { requried: ["a"] }, "requried", /not taken/],
    ["a name of the prototype", { constructor: {} }, "constructor", /not taken/],
    ["a number with more digits", '{"minimum":12345678901234567890}', "minimum", /more digits/],
    ["another one", '{"enum":[0.1234567890123456789]}', "enum", /more digits/],
    ["no number", { minimum: "5" }, "minimum", /number/],
    ["a count below nothing", { minItems: -1 }, "minItems", /whole/],
    ["half a count", { maxLength: 1.5 }, "maxLength", /whole/],
    ["a type that is none", { type: "float" }, "type", /integer/],
    ["nothing for a type", { type: null }, "type", /integer/],
    ["a list in a list of types", { type: [["object"]] }, "type", /integer/],
    ["a list of names that are none", { required: [1] }, "required", /names/],
    ["schemas that are none", { allOf: {} }, "allOf", /list of schemas/],
    ["members that are none", { properties: [] }, "properties", /object/],
    ["a schema that is none", { items: 5 }, "items", /Give a schema/],
    ["a list of schemas for items", { items: [{}] }, "items", /Give a schema/],
    ["one that is none behind a condition", JSON.parse('{"if":{},"then":5}'), "then", /Give a schema/],
    ["a pattern that is none", { pattern: 5 }, "pattern", /text/],
    ["a list that is none", { enum: 5 }, "enum", /list/],
    ["more values than are compared", { enum: Array.from({ length: 501 }, (_, i) => i) }, "enum", /500/],
  ])("is refused, with the place, for %s", (_what, schema, path, why) => {
    expect(refusals(schema)).toEqual([{ path, message: expect.stringMatching(why) }]);
  });

  it.each<[string, unknown]>([
    ["no object", "[]"],
    ["a number", "5"],
    ["no JSON", "{"],
    ["too long", { description: "x".repeat(16_384) }],
    ["too deep", `${'{"not":'.repeat(101)}{}${"}".repeat(101)}`],
    ["small, and stands for a million", doubling(20)],
  ])("is refused as a whole when it is %s", (_what, schema) => {
    expect(refusals(schema).map(({ path }) => path)).toContain("");
  });

  it.each([
    ["#/$defs/a%3Fb", "a?b"],
    ["#/$defs/%24a", "$a"],
    ["#/%24defs%2Fa", "a"],
    ["#/$defs/a+b&c=d", "a+b&c=d"],
    ["#/$defs/100%", "100%"],
    ["#/$defs/%7E01", "~1"],
  ])("may refer to a name as %s", ($ref, name) => {
    expect(violations({ $ref, $defs: { [name]: { type: "null" } } }, "1")).toHaveLength(1);
  });

  it("is refused for ten reasons at most", () => {
    expect(refusals(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}`, 1])))).toHaveLength(10);
  });

  it("may have remarks, and names of the prototype as properties", () => {
    const schema =
      '{"title":"t","x-owner":"us","format":"iban","properties":{"__proto__":{"type":"null"},"constructor":{"type":"null"}}}';
    expect(violations(schema, "{}")).toEqual([]);
    expect(violations(schema, '{"__proto__":1}')).toHaveLength(1);
    expect(violations(schema, '{"constructor":1}')).toHaveLength(1);
    expect(violations({ required: ["constructor"] }, "{}")).toHaveLength(1);
  });

  it("costs an event no more than its steps, however many of its values it looks at", () => {
    const TOO_MUCH = [{ path: "", message: "It takes too much work to be checked." }];
    const schema = { items: { allOf: Array.from({ length: 300 }, () => ({ type: "number" })) } };
    expect(violations(schema, JSON.stringify(Array(400).fill(0)))).toEqual([]);
    expect(violations(schema, JSON.stringify(Array(1_000).fill(0)))).toEqual(TOO_MUCH);
    const listed = (keyword: object) => ({ items: keyword });
    const many = JSON.stringify(Array(8_000).fill("499"));
    const enumerated = Array.from({ length: 500 }, (_, i) => `${i}`);
    expect(violations(listed({ enum: enumerated }), many)).toEqual(TOO_MUCH);
    expect(violations(listed({ required: enumerated }), JSON.stringify(Array(8_000).fill(0)))).toEqual(TOO_MUCH);
    const named = Object.fromEntries(enumerated.map((name) => [name, {}]));
    expect(violations(listed({ properties: named }), JSON.stringify(Array(8_000).fill({})))).toEqual(TOO_MUCH);
    const text = JSON.stringify("x".repeat(900_000));
    for (const keyword of [{ maxLength: 1e6 }, { pattern: "^x+$" }, { format: "uri" }]) {
      expect(violations({ allOf: [keyword] }, text)).not.toEqual(TOO_MUCH);
      expect(violations({ allOf: Array(4).fill(keyword) }, text)).toEqual(TOO_MUCH);
    }
    // and the next one begins anew
    expect(violations(schema, "[0]")).toEqual([]);
  });

  it("may lead as deep as it may look, and no deeper, however deep an event is", () => {
    const chain = (levels: number, first = levels) => ({
      $ref: `#/$defs/d${first}`,
      $defs: Object.fromEntries(
        Array.from({ length: levels + 1 }, (_, i) => [
          `d${i}`,
          i === 0 ? {} : { items: { $ref: `#/$defs/d${i - 1}` } },
        ]),
      ),
    });
    const nested = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    expect(violations(chain(49), nested)).toEqual([]);
    expect(refusals(chain(51)).map(({ path }) => path)).toContain("");
    // each of these is known by the time that the next one refers to it
    const { $defs } = chain(200);
    const bySteps = { allOf: Array.from({ length: 200 }, (_, i) => ({ $ref: `#/$defs/d${i}` })), $defs };
    expect(violations(bySteps, nested)).toEqual([{ path: "", message: "It takes too much work to be checked." }]);
  });

  it("says of alternatives nothing that was wrong with those that do not count", () => {
    expect(violations({ anyOf: [{ type: "number" }, { type: "string" }] }, '"a"')).toEqual([]);
    expect(violations({ not: { type: "number" } }, '"a"')).toEqual([]);
  });
});

/** Schemas as they are written, and what the validator says of them when it follows `$ref` itself. */
describe("what is compiled means the same as what was written", () => {
  const CONDITIONAL = '{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"maxProperties":1}}';
  const SCHEMAS: object[] = [
    ORDER,
    { type: ["string", "null"], minLength: 2, maxLength: 3 },
    JSON.parse(CONDITIONAL),
    { prefixItems: [{ type: "string" }, { type: "number" }], items: { type: "boolean" }, maxItems: 4 },
    { items: { type: "number", multipleOf: 0.5 }, minItems: 1 },
    { type: "number", multipleOf: 0.1 },
    { format: "date-time" },
    { format: "date" },
    { format: "email" },
    { format: "uuid" },
    { format: "uri" },
    { pattern: "^[a-z]{2,3}$" },
    { const: "ab" },
    { minimum: 2, exclusiveMaximum: 6 },
    { minProperties: 1, maxProperties: 1 },
    { propertyNames: { maxLength: 2 }, minProperties: 1 },
    { dependentSchemas: { a: { required: ["b"] } }, additionalProperties: { type: "number" } },
    { oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }], not: { const: 9 } },
    { $ref: "#/$defs/a", maximum: 5, $defs: { a: { type: "number", exclusiveMaximum: 6 } } },
  ];
  const VALUES = [
    ...[
      "2026-02-28",
      "2026-02-30",
      "2026-02-28T10:00:00Z",
      "2026-02-28T25:00:00Z",
      "2026-02-28T10:00:00",
      "not a date",
    ],
    ...[
      "a@b.example",
      "a b@c.example",
      "7f0d1a52-5b1e-4c6c-9d3c-1c2f5a3f4e11",
      "https://a.example/b?c",
      "urn:x:y",
      "/a",
    ],
    ...[0.3, 0.75, "ab\u{1f600}"],
    ...[null, true, 0, 1, 2, 3, 4, 6, 9, 5.5, -1, "", "a", "ab", "abcd", [], {}],
    ...[["a", 1, true], ["a", 1, 0], ["a"], [1, 2], [1, 2, 3, 4], ["a", "b"], [1, "a", 2, true, null]],
    ...[{ a: 1 }, { b: 1 }, { a: 1, b: 2 }, { a: "x", b: 2 }, { abc: 1 }, { b: 1, c: 2 }],
    ...[
      { id: "ord_1", lines: [{ sku: "a" }] },
      { id: "ord_1", lines: [] },
      { id: "ord_1", lines: [{ sku: "a", count: 1.5 }] },
    ],
  ];

  it.each(SCHEMAS.map((schema) => [JSON.stringify(schema).slice(0, 80), schema]))("%s", (_text, schema) => {
    const reference = new Validator(JSON.parse(JSON.stringify(schema)), "2020-12");
    const verdicts = VALUES.map((value) => violations(schema, JSON.stringify(value)).length === 0);
    expect(verdicts).toEqual(VALUES.map((value) => reference.validate(value).valid));
    expect(new Set(verdicts).size).toBe(2);
  });
});
