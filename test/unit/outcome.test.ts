import { expect, test } from "vitest";
import { classifyAnswer, classifyError, parseRetryAfter } from "../../src/attempts/outcome";

const now = Date.UTC(2026, 10, 24, 12, 0, 0);
const DAY_MS = 86_400_000;

test.each([
  [200, "success"],
  [204, "success"],
  [299, "success"],
  [301, "http_error"],
  [304, "http_error"],
  [400, "http_error"],
  [410, "http_error"],
  [429, "http_error"],
  [500, "http_error"],
  [503, "http_error"],
  [599, "http_error"],
  [520, "edge_error"],
  [521, "connection"],
  [522, "timeout"],
  [523, "connection"],
  [524, "timeout"],
  [525, "tls"],
  [526, "tls"],
  [527, "edge_error"],
  [530, "edge_error"],
])("%i is %s", (status, outcome) => {
  expect(classifyAnswer(status, "")).toBe(outcome);
});

test("Cloudflare's 530 for a name that does not resolve is a DNS failure, the receiver's own words are not", () => {
  expect(classifyAnswer(530, "error code: 1016")).toBe("dns");
  expect(classifyAnswer(530, "error code: 1033")).toBe("edge_error");
  expect(classifyAnswer(500, "error code: 1016")).toBe("http_error");
});

test.each([
  ["Network connection lost.", "connection"],
  ["internal error; reference = s9ftg5s4io0sssd26du65qh0", "connection"],
  ["DNS lookup failed.", "dns"],
  ["getaddrinfo ENOTFOUND example.invalid", "dns"],
  ["TLS handshake failed: invalid peer certificate", "tls"],
  ["SSL certificate expired", "tls"],
  ["The connection timed out", "timeout"],
  ["something nobody foresaw", "connection"],
])("an error that says %j is %s", (message, outcome) => {
  expect(classifyError(new Error(message))).toBe(outcome);
});

test("an abort is a timeout, and what is thrown need not be an error", () => {
  expect(classifyError(new DOMException("The operation was aborted", "AbortError"))).toBe("timeout");
  expect(classifyError("DNS")).toBe("dns");
  expect(classifyError(undefined)).toBe("connection");
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["999999999999", DAY_MS],
  ["9".repeat(400), DAY_MS],
  ["Tue, 24 Nov 2026 12:01:00 GMT", 60_000],
  ["Tuesday, 24-Nov-26 12:01:00 GMT", 60_000],
  ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
  ["Tue, 24 Nov 2099 12:00:00 GMT", DAY_MS],
  ["-5", null],
  ["1.5", null],
  ["soon", null],
  ["Tue, never", null],
  ["", null],
  [null, null],
])("Retry-After %j waits %s ms", (value, waitMs) => {
  expect(parseRetryAfter(value, now)).toBe(waitMs);
});
