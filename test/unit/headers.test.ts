import { expect, test } from "vitest";
import { checkHeaders } from "../../src/destinations/headers";

test.each([
  [{}],
  [{ "X-Api-Key": "abc", Accept: ["a/b", "c/d"], "content-type": "application/cloudevents+json", "X-Empty": "" }],
  [{ "X-Tab": "a\tb ~", "X!#$%&'*+-.^_`|~9": "odd but legal", "X-Hostile": "host", Webhook: "w", Cf: "c" }],
  [JSON.parse('{"__proto__":"x","constructor":"y"}')],
])("%j may be saved", (headers) => {
  expect(checkHeaders(headers)).toEqual([]);
});

test.each([null, undefined, "a", 1, true, [], [["a", "b"]]])("%j is no object of headers", (headers) => {
  expect(checkHeaders(headers)).toEqual([{ path: "headers", message: expect.stringMatching(/object/) }]);
});

test.each([
  ...[
    "Host",
    "content-length",
    "CONNECTION",
    "Transfer-Encoding",
    "upgrade",
    "TE",
    "Trailer",
    "Keep-Alive",
    "CDN-Loop",
  ],
  ...["Proxy-Authorization", "proxy-x", "CF-Connecting-IP", "cf-worker", "Webhook-Id", "webhook-signature"],
])("%s cannot be set", (name) => {
  expect(checkHeaders({ [name]: "x" })).toEqual([
    { path: `headers.${name}`, message: expect.stringMatching(/cannot be set/) },
  ]);
});

test.each(["", "X Name", "X-Name:", "X-Näme", "X\r\nEvil", "X\0", "(x)", "x/y"])("%j is no header name", (name) => {
  expect(checkHeaders({ [name]: "x" })).toMatchObject([{ path: `headers.${name}` }]);
});

test.each([
  ...["a\r\nEvil: 1", "a\nb", "a\rb", "a\0b", "a\u0001b", "a\u007fb", "é", "日本", "\ud800"],
  ...[1, null, true, {}, [], ["ok", 1], ["ok", "a\nb"], [["nested"]]],
])("%j is no header value", (value) => {
  expect(checkHeaders({ "X-Name": value })).toEqual([{ path: "headers.X-Name", message: expect.any(String) }]);
});

test("a message never repeats the value", () => {
  expect(JSON.stringify(checkHeaders({ Authorization: "s3cret\n", Host: "s3cret" }))).not.toContain("s3cret");
});

test("the same name in different case is refused where it comes again", () => {
  expect(checkHeaders({ "X-Name": "1", "x-name": "2" })).toEqual([
    { path: "headers.x-name", message: expect.stringMatching(/twice/) },
  ]);
});

test.each(["Content-Type", "AUTHORIZATION", "user-agent", "Content-Encoding", "Date", "Referer", "traceparent"])(
  "%s comes once, so that it takes no list",
  (name) => {
    expect(checkHeaders({ [name]: ["a", "b"] })).toEqual([
      { path: `headers.${name}`, message: expect.stringMatching(/one value/) },
    ]);
    expect(checkHeaders({ [name]: ["a"] })).toEqual([]);
  },
);

test.each(["Accept", "Cookie", "X-Own", "Via", "Cache-Control"])("%s takes a list", (name) => {
  expect(checkHeaders({ [name]: ["a", "b"] })).toEqual([]);
});

test("every header that is wrong is named", () => {
  expect(checkHeaders({ Host: "x", Good: "y", "Bad Name": "z" }).map(({ path }) => path)).toEqual([
    "headers.Host",
    "headers.Bad Name",
  ]);
});

test("32 lines may be saved, 33 may not, and each value of a list is a line", () => {
  const lines = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, "v"]));
  expect(checkHeaders(lines(32))).toEqual([]);
  expect(checkHeaders(lines(33))).toEqual([{ path: "headers", message: expect.stringMatching(/32/) }]);
  expect(checkHeaders({ "X-Many": Array(32).fill("v") })).toEqual([]);
  expect(checkHeaders({ "X-Many": Array(32).fill("v"), "X-One": "v" })).toMatchObject([{ path: "headers" }]);
});

test("8,192 bytes of names and values may be saved, one more may not", () => {
  expect(checkHeaders({ "X-Name": "v".repeat(8192 - 6) })).toEqual([]);
  expect(checkHeaders({ "X-Name": "v".repeat(8192 - 5) })).toMatchObject([{ path: "headers" }]);
  expect(checkHeaders({ "X-Name": ["v".repeat(4090), "v".repeat(4091)] })).toMatchObject([{ path: "headers" }]);
});

test("a hundred thousand wrong headers give one complaint", () => {
  expect(checkHeaders(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`bad ${i}`, 1])))).toHaveLength(1);
});
