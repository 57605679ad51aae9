import { expect, test } from "vitest";
import { constantTimeEqual } from "../../src/security/constant-time";

test.each([
  ["", "", true],
  ["secret", "secret", true],
  ["schlüssel", "schlüssel", true],
  ["secret", "secreT", false],
  ["secret", "secret ", false],
  ["secret", "", false],
])("%j and %j: %s", async (a, b, equal) => {
  expect(await constantTimeEqual(a, b)).toBe(equal);
});
