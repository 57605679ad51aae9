import { expect, test } from "vitest";
import { percent } from "../../src/dashboard/parts/numbers";

test.each([
  [0, "0 %"],
  [0.0001, "0.1 %"],
  [0.5, "50 %"],
  [0.9876, "98.8 %"],
  [0.9999, "99.9 %"],
  [1, "100 %"],
])("a rate of %d is %s: all and none are said of nothing else", (rate, text) => expect(percent(rate)).toBe(text));
