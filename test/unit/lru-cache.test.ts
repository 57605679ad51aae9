import { expect, it } from "vitest";
import { LruCache } from "../../src/security/lru-cache";

const names = ["a", "b", "c", "d"];

function kept(...weights: number[]): LruCache<string> {
  const all = new LruCache<string>(10);
  weights.forEach((weight, i) => void all.set(names[i] ?? "", `${names[i]}1`, weight));
  return all;
}

const left = (all: LruCache<string>) => names.filter((name) => all.get(name) !== undefined);

it("what was set can be had until there is too much of it, then the oldest goes", () => {
  expect(left(kept(4, 3, 3))).toEqual(["a", "b", "c"]);
  expect(left(kept(4, 3, 3, 1))).toEqual(["b", "c", "d"]);
  expect(left(kept(4, 3, 3, 8))).toEqual(["d"]);
});

it("what was used lately stays longer", () => {
  const all = kept(4, 3, 3);
  expect(all.get("a")).toBe("a1");
  expect(left(all.set("d", "d1", 1))).toEqual(["a", "c", "d"]);
});

it("what is set anew counts once, and what it was is gone", () => {
  const all = kept(4, 3, 3).set("a", "a2", 4);
  expect(left(all)).toEqual(["a", "b", "c"]);
  expect(all.get("a")).toBe("a2");
});

it("what is too heavy is not kept, nor is what it replaces, and drives out nothing else", () => {
  expect(left(kept(4, 3, 3).set("b", "b2", 11))).toEqual(["a", "c"]);
});
