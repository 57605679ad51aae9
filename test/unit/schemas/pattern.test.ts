import { describe, expect, it } from "vitest";
import { isTaken } from "../../../src/event-types/schemas/pattern";

describe("a regular expression of a schema", () => {
  it.each([
    "^[A-Z]{3}$",
    "^ord_[0-9]+$",
    "^v\\d{1}\\.\\d{2}$",
    "^#[0-9a-fA-F]{6}$",
    "^(order|invoice)\\.[a-z]+$",
    "^refs/(?:heads|tags)/.+",
    "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}Z$",
    "^https:",
    "^[^@]{1,64}$",
    "^\\S+$",
    "^.*$",
    "^[^\\]\\\\]+$",
    "refs/heads/",
    "[A-Z][0-9]$",
    "^größe\u{1f600}$",
    "^$",
    "",
  ])("is taken where it takes no longer than its text is: %s", (pattern) => {
    expect(isTaken(pattern)).toBe(true);
  });

  it.each([
    ["^(a+)+$", "a loop in a loop"],
    ["^(a|a)*$", "a group that repeats"],
    ["^(a|ab){2}c$", "a group, twice"],
    ["^(a|a)(a|a)$", "two groups"],
    ["^(a|(b|c))$", "a group in a group"],
    ["^a*b$", "a loop that is not the last"],
    ["^a?a?b$", "what may be missing, and is not the last"],
    ["^a{0,9}b$", "the same with bounds"],
    ["^a{100}$", "too many of one"],
    ["^a{2}+$", "a loop of many"],
    ["^+$", "a loop of nothing"],
    ["a+", "a loop that may begin anywhere"],
    ["a{2}", "many that may begin anywhere"],
    ["(a|b)", "a group that may begin anywhere"],
    ["ab".repeat(26), "one that is long and may begin anywhere"],
    [`^${"a".repeat(200)}`, "too long"],
    ["^a|b$", "alternatives without a group"],
    ["^(a)\\1$", "what was read before"],
    ["^(?=a)a$", "a look ahead"],
    ["^(?<!b)a$", "a look behind"],
    ["^(?<name>a)$", "a name for a group"],
    ["^\\ba$", "the edge of a word"],
    ["^\\p{L}$", "a class of Unicode"],
    ["a^b", "a beginning in the middle"],
    ["^a$b", "an end in the middle"],
    ["^(a", "no expression"],
    ["^[z-a]$", "no expression, either"],
  ])("is refused where it is %s: %s", (pattern) => {
    expect(isTaken(pattern)).toBe(false);
  });

  it("takes as many steps as its text is long, to find that it does not hold", () => {
    // what is refused above would not come back from this
    const text = `${"a".repeat(200_000)}!`;
    for (const pattern of ["^(?:aa|a|aaa)a+$", "^[a-z]{99}[a-z]*$", "^.{1,999}$", "aaaaaaaaaaaaaaaaaaaaaaaab"]) {
      expect([pattern, isTaken(pattern)]).toEqual([pattern, true]);
      expect(new RegExp(pattern, "u").test(text)).toBe(false);
    }
  });

  it("is looked at as fast, however it is written", () => {
    const taken = ["a{1}", "[a]", "\\\\"];
    for (const one of [...taken, "(", "[", "a?", "(a|", "a{1,", "(a)"]) {
      expect([one, isTaken(`^${one.repeat(40)}`)]).toEqual([one, taken.includes(one)]);
    }
  });
});
