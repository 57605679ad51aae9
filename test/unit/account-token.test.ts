import fc from "fast-check";
import { expect, test } from "vitest";
import { mintAccountToken, verifyAccountToken } from "../../src/security/account-token";

const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(32).fill(2);
const strangersKey = new Uint8Array(32).fill(3);

test("a token names its account and has a fixed form", async () => {
  expect(await mintAccountToken([newKey], "acc_01JD")).toMatch(
    /^dp_acc_01JD_[0-9a-hjkmnp-tv-z]{26}_[0-9a-hjkmnp-tv-z]{26}$/,
  );
});

test("two tokens of one account differ", async () => {
  expect(await mintAccountToken([newKey], "acme")).not.toBe(await mintAccountToken([newKey], "acme"));
});

test("whatever id an account was given, its token is ours", async () => {
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), async (accountId) => {
      expect(await verifyAccountToken([newKey], await mintAccountToken([newKey], accountId))).toBe(accountId);
    }),
    { numRuns: 50 },
  );
});

test("after a new key was put in front, tokens of the old one still verify, and new tokens are the new key's", async () => {
  const oldToken = await mintAccountToken([oldKey], "acme");
  const newToken = await mintAccountToken([newKey, oldKey], "acme");
  expect(await verifyAccountToken([newKey, oldKey], oldToken)).toBe("acme");
  expect(await verifyAccountToken([newKey], oldToken)).toBeNull();
  expect(await verifyAccountToken([newKey], newToken)).toBe("acme");
});

test("a token made under another key is not ours", async () => {
  expect(await verifyAccountToken([newKey], await mintAccountToken([strangersKey], "acme"))).toBeNull();
});

test("a token with any one character changed is not ours", async () => {
  const token = await mintAccountToken([newKey], "acme_1");
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "0" ? "1" : "0") + token.slice(at + 1);
    expect(await verifyAccountToken([newKey], changed), changed).toBeNull();
  }
});

test("a token in upper case, cut off, or with something added is not ours", async () => {
  const token = await mintAccountToken([newKey], "acme");
  for (const text of [token.toUpperCase(), token.slice(0, -1), `${token}0`, ` ${token}`, `${token}\n`]) {
    expect(await verifyAccountToken([newKey], text), JSON.stringify(text)).toBeNull();
  }
});

test.each([["", "dp_", "dp___", "Bearer x"], [`dp_${"_".repeat(200_000)}`], [`dp_${"a_".repeat(30)}`]])(
  "texts that have nothing of a token are refused",
  async (...texts) => {
    for (const text of texts) expect(await verifyAccountToken([newKey], text)).toBeNull();
  },
);
