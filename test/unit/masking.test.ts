import { expect, test } from "vitest";
import { isPublicHeader, leftoverMasks, maskHeaders, OpenHeaders, unmaskHeaders } from "../../src/security/masking";
import type { HeaderMap } from "../../src/vocabulary/headers";

test.each(["Content-Type", "ACCEPT", "user-agent", "X-Source", "x-region"])("%s may be shown", (name) => {
  expect(isPublicHeader(name, ["x-region"])).toBe(true);
});

test.each(["Authorization", "X-Tenant", "X-Customer-Ref", "X-Content-Type", "__proto__"])("%s is secret", (name) => {
  expect(isPublicHeader(name, ["x-region"])).toBe(false);
});

test("values are hidden, one by one in a list, but for those of public headers", () => {
  expect(shown({ "X-From": "k1", "X-Many": ["a", "b"], Accept: ["x", "y"], "X-Region": "eu" })).toEqual({
    "X-From": "***",
    "X-Many": ["***", "***"],
    Accept: ["x", "y"],
    "X-Region": "eu",
  });
});

test("what was shown masked and is sent back unchanged keeps everything that is stored", () => {
  const stored = { Authorization: "Bearer abc", "X-Tokens": ["a", "b"], "X-Tenant": "acme" };
  expect(opened(shown(stored), stored)).toEqual(stored);
});

test("a mask under the same name in another case keeps what is stored", () => {
  expect(opened({ authorization: "***" }, { AUTHORIZATION: "Bearer abc" })).toEqual({
    authorization: "Bearer abc",
  });
});

test("in a list, only the masked places keep what is stored", () => {
  expect(opened({ "X-Token": ["***", "new"] }, { "X-Token": ["a", "b"] })).toEqual({ "X-Token": ["a", "new"] });
  expect(opened({ "X-Token": ["***", "new"] }, { "X-Token": "a" })).toEqual({ "X-Token": ["a", "new"] });
  expect(opened({ "X-Token": "***" }, { "X-Token": ["a", "b"] })).toEqual({ "X-Token": ["a", "b"] });
});

test("a new value replaces the stored one, and a header left out is gone", () => {
  expect(opened({ "X-Token": "new" }, { "X-Token": "old", "X-Key": "old" })).toEqual({ "X-Token": "new" });
});

test("three asterisks in a public header are just that", () => {
  expect(opened({ "X-Region": "***" }, { "X-Region": "five" })).toEqual({ "X-Region": "***" });
  expect(leftoverMasks(new OpenHeaders({ "X-Region": "***" }, ["x-region"]))).toEqual([]);
});

test("a mask with nothing stored behind it is left and named", () => {
  const headers = opened({ "X-Token": "***", "X-Key": ["***", "***"], Cookie: "c" }, { "X-Key": ["a"] });
  expect(headers).toEqual({ "X-Token": "***", "X-Key": ["a", "***"], Cookie: "c" });
  expect(leftoverMasks(new OpenHeaders(headers))).toEqual(["X-Token", "X-Key"]);
});

test("a header called __proto__ stays a header", () => {
  const headers = JSON.parse('{"__proto__":"x","X-Token":"t"}');
  expect(JSON.stringify(shown(headers))).toBe('{"__proto__":"***","X-Token":"***"}');
  expect(JSON.stringify(opened(headers, {}))).toBe('{"__proto__":"x","X-Token":"t"}');
});

test("what is not masked shows nothing of itself when it is listed or serialised", () => {
  const headers = new OpenHeaders({ Authorization: "Bearer s3cret-t0ken", "X-Tenant": "acme" });
  expect([JSON.stringify({ headers }), Object.entries(headers), `${headers}`]).toEqual([
    '{"headers":{}}',
    [],
    "[object Object]",
  ]);
});

function shown(headers: HeaderMap): HeaderMap {
  return maskHeaders(new OpenHeaders(headers, ["x-region"]));
}

function opened(incoming: HeaderMap, stored: HeaderMap): HeaderMap {
  return unmaskHeaders(incoming, new OpenHeaders(stored, ["x-region"])).reveal();
}
