import { describe, expect, it } from "vitest";
import { isDatabaseFull, isDatabaseUnavailable } from "../../src/errors/database-errors";

const asked = (cause: Error) => new Error("Failed query: SELECT 1", { cause });

describe("the database is unavailable", () => {
  it.each([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: internal error; reference = 0123456789",
    "D1 DB reset because its code was updated.",
    "Internal error while starting up D1 DB storage caused object to be reset.",
    "Internal error in D1 DB storage caused object to be reset.",
    "Cannot resolve D1 DB due to transient issue on remote node.",
    "D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1 DB exceeded its CPU time limit and was reset.",
    "D1 DB is overloaded. Too many requests queued.",
    "D1 DB is overloaded. Requests queued for too long.",
    "Network connection lost.",
  ])("when it says: %s", (words) => {
    expect(isDatabaseUnavailable(new Error(words))).toBe(true);
    expect(isDatabaseUnavailable(asked(new Error(words)))).toBe(true);
  });
});

describe("the database is not unavailable", () => {
  it.each([
    ["when it refuses a row", new Error("D1_ERROR: UNIQUE constraint failed: accounts.email_key: SQLITE_CONSTRAINT")],
    ["when it cannot read a statement", new Error("D1_ERROR: no such table: events: SQLITE_ERROR")],
    ["when a value is too large for it", new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG")],
    ["when we have a bug", new TypeError("Cannot read properties of undefined (reading 'key')")],
    ["when we call what is no function", new TypeError("row.toHex is not a function")],
    ["when our own check fails", new Error("a claimed delivery has lost its event or destination")],
    ["when something else is overloaded", new Error("overloaded: Too many open files")],
    ["when what was thrown is no error", "overloaded"],
  ])("%s", (_when, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
    if (error instanceof Error) expect(isDatabaseUnavailable(asked(error))).toBe(false);
  });
});

it.each([
  ["D1_ERROR: database or disk is full: SQLITE_FULL", true],
  ["D1_ERROR: Exceeded maximum DB size.", true],
  ["D1 DB is overloaded. Too many requests queued.", false],
])("the database is full, or not, when it says: %s", (words, full) => {
  expect(isDatabaseFull(asked(new Error(words)))).toBe(full);
});
