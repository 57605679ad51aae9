import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeQuery, queryOf } from "../../src/attempts/query";

const received = (payload: string) => [...new URLSearchParams(queryOf(payload))];

test.each([
  [
    "strings as their text",
    '{"name":"Zoë & Co","empty":"","quote":"a\\"\\u0041"}',
    [
      ["name", "Zoë & Co"],
      ["empty", ""],
      ["quote", 'a"A'],
    ],
  ],
  [
    "numbers as they were written",
    '{"id":12345678901234567890,"a":1.0,"b":1e3,"c":-0,"d":1E400}',
    [
      ["id", "12345678901234567890"],
      ["a", "1.0"],
      ["b", "1e3"],
      ["c", "-0"],
      ["d", "1E400"],
    ],
  ],
  [
    "true and false, and null as an empty value",
    '{"t":true,"f":false,"n":null}',
    [
      ["t", "true"],
      ["f", "false"],
      ["n", ""],
    ],
  ],
  [
    "an array of scalars as repeated parameters",
    '{"a":[1.50,"x, y",null,true]}',
    [
      ["a", "1.50"],
      ["a", "x, y"],
      ["a", ""],
      ["a", "true"],
    ],
  ],
  ["an empty array as no parameter", '{"a":[],"b": [ ] }', []],
  [
    "anything deeper as its JSON text, numbers as written",
    '{ "o" : { "x" : 1.0, "s" : " a \\" b " }, "a" : [ 1e3, [ 2.0 ] ], "e":{} }',
    [
      ["o", '{"x":1.0,"s":" a \\" b "}'],
      ["a", "[1e3,[2.0]]"],
      ["e", "{}"],
    ],
  ],
  ["an array of objects as its JSON text", '{"a":[{"b":1},{"b":2}]}', [["a", '[{"b":1},{"b":2}]']]],
  [
    "members in their order, whatever their names",
    '{"b":1,"2":2,"1":3,"__proto__":4,"constructor":5,"":6}',
    [
      ["b", "1"],
      ["2", "2"],
      ["1", "3"],
      ["__proto__", "4"],
      ["constructor", "5"],
      ["", "6"],
    ],
  ],
  [
    "brackets, commas and colons within strings",
    '{"a:{":"},[","b":["]",","]}',
    [
      ["a:{", "},["],
      ["b", "]"],
      ["b", ","],
    ],
  ],
  ["an empty object as nothing", " { } ", []],
])("%s", (_case, payload, parameters) => {
  expect(received(payload)).toEqual(parameters);
});

test.each(["[1,  2.0]", "[]", '"text"', "12345678901234567890", "true", "null"])(
  "%s is no object and becomes one parameter with the JSON text as received",
  (payload) => {
    expect(received(payload)).toEqual([["data", payload]]);
    expect(received(`\r\n ${payload}\t`)).toEqual([["data", payload]]);
  },
);

test("half of a surrogate pair does not throw", () => {
  expect(received('{"a":"\\ud800","\\udc00":1}')).toEqual([
    ["a", "\ufffd"],
    ["\ufffd", "1"],
  ]);
});

test("a body of a million nested arrays costs no stack", () => {
  const deep = "[".repeat(500_000) + "]".repeat(500_000);
  expect(received(`{"a":${deep}}`)).toEqual([["a", deep]]);
});

test("the URL's own query stays as it is, in front", () => {
  const own = "?b=%7e&a=+&&c=%2F&d|e='x'&=";
  const url = new URL(`https://example.com/p${own}#frag`);
  const search = url.search;
  expect(mergeQuery(url, "z=1")).toBe(`https://example.com/p${search}&z=1`);
  expect(mergeQuery(url, "")).toBe(`https://example.com/p${search}`);
  expect(mergeQuery(new URL("https://example.com"), "z=1")).toBe("https://example.com/?z=1");
  expect(mergeQuery(new URL("https://example.com/?"), "z=1")).toBe("https://example.com/?z=1");
});

test("any JSON object: the URL is not changed by parsing again, and its parameters come back", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()),
      fc.constantFrom(0, 2),
      (body, indent) => {
        const query = queryOf(JSON.stringify(body, null, indent));
        const url = mergeQuery(new URL("https://example.com/?own=1"), query);
        expect(new URL(url).href).toBe(url);
        const parameters = new URL(url).searchParams;
        for (const [name, value] of Object.entries(body)) {
          if (typeof value === "string" && name !== "own") expect(parameters.get(name)).toBe(value.toWellFormed());
          if (value !== null && typeof value === "object" && !Array.isArray(value) && name !== "own") {
            expect(parameters.get(name)).toBe(JSON.stringify(value).toWellFormed());
          }
        }
      },
    ),
  );
});
