/** What somebody sends who looks for a fault. */
import fc from "fast-check";

/** No page may hold it as it is. */
export const MARKUP = "<xss-marker>\"'&";

const TEXTS = [
  "",
  " ",
  "\0",
  "a\0b",
  "a\r\nSet-Cookie: a=b",
  "\ud800",
  "\udfff\ud800x",
  "\u202e\u2066txet",
  "\u{1f4a9}",
  "e\u0301".repeat(40),
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "' OR 1=1 --",
  "%",
  "%00",
  "%2e%2e%2f",
  "%ff",
  "%_%",
  "../../etc/passwd",
  "{{7*7}}",
  "$&",
  "null",
  "undefined",
  "NaN",
  "-0",
  "0x10",
  "1e309",
  "9007199254740993",
  "99999999999999999999999999",
  "***",
  "*",
  "true",
  "2026-02-30T00:00:00Z",
  "-271821-04-20T00:00:00.000Z",
  "+275760-09-13T00:00:00.001Z",
  "9999-12-31T23:59:59+99:99",
  "http://[::1",
  "http://a:99999/",
  "http://user:pass@r.example/",
  "javascript:alert(1)",
  "https://127.0.0.1/",
  "//r.example/",
  "/dashboard\r\nSet-Cookie: a=b",
  "/portal/events?q=\u{1f4a9}\0\n",
  "a@b",
  `${"a".repeat(64)}@${"b".repeat(250)}.example`,
  "x".repeat(300),
  "x".repeat(5_000),
  "é".repeat(2_100),
  MARKUP,
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map(ofCodeUnits) },
);

const NUMBERS = [0, -0, -1, 0.5, 1e-320, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 86_400, 31_536_000, 99_999];

/** A value of the wrong type, size or depth, as JSON has it. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(...NUMBERS, null, true, false, [], {}, [[]], [null], { a: { b: { c: [] } } }),
  fc.array(hostileText, { maxLength: 3 }),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
  fc.integer({ min: 40, max: 200 }).map((length) => Array.from({ length }, (_, i) => `x${i}`)),
);

/** JSON text that a parser has to get through: what `JSON.stringify` would not write. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "{",
    "[",
    "null",
    "1",
    '"text"',
    "[]",
    "{}",
    "{}{}",
    "\ufeff{}",
    '{"a":1e999}',
    '{"a":-1e-999}',
    '{"a":123456789012345678901234567890}',
    '{"a":1,"a":2}',
    '{"__proto__":{"enabled":true}}',
    '{"constructor":{"prototype":{"a":1}}}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    '{"a":"\u0001"}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":undefined}',
    "NaN",
  ),
  fc
    .tuple(fc.constantFrom(10, 500, 5_000, 45_000), fc.constantFrom<[string, string]>(["[", "]"], ['{"a":', "}"]))
    .map(([depth, [open, close]]) => `${open.repeat(depth)}1${close.repeat(depth)}`.slice(0, 400_000)),
  fc.constantFrom(99_000, 120_000, 1_100_000).map((length) => JSON.stringify({ a: "x".repeat(length) })),
  hostileText,
);

export const hostileHeaders: fc.Arbitrary<[string, string][]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      "accept",
      "accept-encoding",
      "accept-language",
      "authorization",
      "cl-x-token",
      "cl-xtoken",
      "cl-x-event-id",
      "cookie",
      "content-encoding",
      "content-length",
      "content-type",
      "expect",
      "forwarded",
      "hx-request",
      "hx-target",
      "idempotency-key",
      "if-modified-since",
      "if-none-match",
      "origin",
      "range",
      "referer",
      "sec-fetch-site",
      "traceparent",
      "transfer-encoding",
      "x-data-pusher-hops",
      "x-forwarded-for",
      "x-forwarded-proto",
      "x-http-method-override",
      "x-requested-with",
    ),
    fc.oneof(
      fc.constantFrom(
        "application/json",
        "application/json; charset=utf-16",
        "application/merge-patch+json",
        "application/cloudevents+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/html",
        "gzip",
        "br",
        "gzip, br",
        "deflate",
        "identity",
        "bytes=0-1",
        "chunked",
        "*/*",
        "null",
        "cross-site",
        "https://elsewhere.example",
        "true",
      ),
      hostileText,
    ),
  ),
  { maxLength: 3 },
);

/** In the place of an id in a path, percent-encoded as far as it has to be, or more than it has to be. */
export const hostileSegment: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) => encodeURIComponent(text.toWellFormed()) || "%20"),
  fc.constantFrom(
    "%2F",
    "a%2Fb",
    "%2e%2e",
    ".",
    "..",
    "%",
    "%zz",
    "%ff%fe",
    ";a=b",
    "a,b",
    "a:b",
    "%0d%0a",
    "*",
    "{id}",
  ),
  fc.constantFrom(200, 3_000, 20_000).map((length) => "a".repeat(length)),
);

function ofCodeUnits(units: number[]): string {
  return String.fromCharCode(...units);
}
