import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants/list";
import { faultOf, type Mutant } from "./mutants/mutant";

const sources: Record<string, string> = import.meta.glob("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const tests = Object.keys(import.meta.glob("./**/*.test.ts"));

/** `npm run mutants` puts them in and runs the tests, which takes its time; this is that it still can. */
describe("every mutant", () => {
  it.each(MUTANTS)("$id: has its text in the code, once, and tests that should find it", (mutant) => {
    expect(faultOf(mutant, sources[`../${mutant.file}`])).toBeNull();
    expect(mutant.tests.filter((test) => !tests.includes(test.replace(/^test/, ".")))).toEqual([]);
    expect(mutant.tests).not.toEqual([]);
  });

  it("has a name of its own", () => {
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
  });

  it("is found out when the code has moved", () => {
    const mutant: Mutant = { id: "m", file: "src/a.ts", find: "x > 1", replace: "x > 2", tests: [] };
    expect(faultOf(mutant, "if (x > 1) y();")).toBeNull();
    expect(faultOf(mutant, "if (x > 3) y();")).toMatch(/has moved/);
    expect(faultOf(mutant, "x > 1 && x > 1")).toMatch(/2 times/);
    expect(faultOf(mutant, undefined)).toMatch(/no src/);
    expect(faultOf({ ...mutant, replace: "x > 1" }, "x > 1")).toMatch(/nothing/);
  });
});
