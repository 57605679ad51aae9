import { expect, test } from "vitest";
import {
  isSensitiveHeader,
  leftoverMasks,
  maskEchoes,
  maskHeaders,
  OpenHeaders,
  unmaskHeaders,
} from "../../src/security/masking";
import type { HeaderMap } from "../../src/vocabulary/headers";

test.each(["Authorization", "X-Auth", "x-access-TOKEN", "Client-Secret", "X-API-Key", "apikey", "Password", "Cookie"])(
  "%s is sensitive",
  (name) => expect(isSensitiveHeader(name)).toBe(true),
);

test.each(["X-Credentials", "X-Hub-Signature-256"])("%s is sensitive", (name) => {
  expect(isSensitiveHeader(name)).toBe(true);
});

test.each(["Content-Type", "Accept", "X-Tenant", "__proto__"])("%s is not sensitive", (name) => {
  expect(isSensitiveHeader(name)).toBe(false);
});

test("sensitive values are hidden, one by one in a list, and the rest is shown", () => {
  expect(shown({ "X-API-KEY": "k1", "X-Tokens": ["a", "b"], Accept: ["x", "y"], "X-Tenant": "acme" })).toEqual({
    "X-API-KEY": "***",
    "X-Tokens": ["***", "***"],
    Accept: ["x", "y"],
    "X-Tenant": "acme",
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

test("three asterisks in a header that is not sensitive are just that", () => {
  expect(opened({ "X-Stars": "***" }, { "X-Stars": "five" })).toEqual({ "X-Stars": "***" });
  expect(leftoverMasks({ "X-Stars": "***" })).toEqual([]);
});

test("a mask with nothing stored behind it is left and named", () => {
  const headers = opened({ "X-Token": "***", "X-Key": ["***", "***"], Cookie: "c" }, { "X-Key": ["a"] });
  expect(headers).toEqual({ "X-Token": "***", "X-Key": ["a", "***"], Cookie: "c" });
  expect(leftoverMasks(headers)).toEqual(["X-Token", "X-Key"]);
});

test("a header called __proto__ stays a header", () => {
  const headers = JSON.parse('{"__proto__":"x","X-Token":"t"}');
  expect(JSON.stringify(shown(headers))).toBe('{"__proto__":"x","X-Token":"***"}');
  expect(JSON.stringify(opened(headers, {}))).toBe('{"__proto__":"x","X-Token":"t"}');
});

test("what a receiver says of a sensitive value is masked, with and without the scheme before it", () => {
  const headers = {
    Authorization: "Bearer s3cret-t0ken",
    "X-Key": ["another-key", "short"],
    "X-Tenant": "acme-limited",
  };
  expect(maskEchoes("got s3cret-t0ken", headers)).toBe("got ***");
  expect(maskEchoes("got Bearer s3cret-t0ken", headers)).toBe("got ***");
  expect(maskEchoes("another-key, short, acme-limited", headers)).toBe("***, short, acme-limited");
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
  return maskHeaders(new OpenHeaders(headers));
}

function opened(incoming: HeaderMap, stored: HeaderMap): HeaderMap {
  return unmaskHeaders(incoming, new OpenHeaders(stored)).reveal();
}
