import { expect, test } from "vitest";
import { sha256Hex } from "../../src/security/sha256";

// FIPS 180-2's examples, and a text whose bytes are not its characters.
test.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["ä", "33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc"],
])("%j hashes to its SHA-256 in hex", async (text, hex) => {
  expect(await sha256Hex(text)).toBe(hex);
});
