import { expect, test } from "vitest";
import { parseKeys } from "../../src/security/keyring";

const first = "dGVzdC10b2tlbi1rZXktMDEyMzQ1Njc4OWFiY2RlZmc=";
const second = "dGVzdC1zZWFsaW5nLWtleS0wMTIzNDU2Nzg5YWJjZGU=";

test("keys come in the order in which they are written, spaces around them do not matter", () => {
  const keys = parseKeys(` ${first} , ${second}\n`);
  expect(keys.map((key) => new TextDecoder().decode(key))).toEqual([
    "test-token-key-0123456789abcdefg",
    "test-sealing-key-0123456789abcde",
  ]);
});

test.each([
  ["nothing at all", "", /no key/i],
  ["only spaces", "  ", /no key/i],
  ["a comma too many", `${first},`, /Key 2 is empty/],
  ["something that is not base64", `${first},not*base64`, /Key 2 is not base64/],
  ["a key of 31 bytes", btoa("x".repeat(31)), /Key 1 has 31 bytes, at least 32/],
])("%s is refused with its reason", (_case, text, reason) => {
  expect(() => parseKeys(text)).toThrow(reason);
});

test("the complaint about a key does not print it", () => {
  const short = btoa("a-secret-too-short");
  expect(() => parseKeys(short)).toThrow(expect.not.objectContaining({ message: expect.stringContaining(short) }));
});
