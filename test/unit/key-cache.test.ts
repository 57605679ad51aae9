import { expect, test } from "vitest";
import { KeyCache } from "../../src/security/key-cache";

test("what was made of a key is made once, of another key again, and of many keys only so many are kept", async () => {
  const cache = new KeyCache<number>();
  let made = 0;
  const get = (byte: number) => cache.get(new Uint8Array(32).fill(byte), async () => ++made);
  expect([await get(1), await get(1), await get(2)]).toEqual([1, 1, 2]);
  for (let byte = 3; byte < 100; byte++) await get(byte);
  expect(await get(1)).toBeGreaterThan(2);
});
