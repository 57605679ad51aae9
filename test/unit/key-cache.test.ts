import { expect, test } from "vitest";
import { KeyCache } from "../../src/security/key-cache";

test("what was made of a key is made once, and of another key again", async () => {
  const cache = new KeyCache<number>();
  let made = 0;
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const get = (key: Uint8Array) => cache.get(key, async () => ++made);
  expect([await get(one), await get(one), await get(other), await get(one)]).toEqual([1, 1, 2, 1]);
});
