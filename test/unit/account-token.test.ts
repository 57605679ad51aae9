import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { mintAccountToken, verifyAccountToken } from "../../src/security/account-token";
import { randomText, signText } from "../../src/security/signed-text";

const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(32).fill(2);
const strangersKey = new Uint8Array(32).fill(3);
const ACME = { accountId: "acme", shard: "00" };

test("a token names its account and has a fixed form", async () => {
  expect(await mintAccountToken([newKey], "acc_01JD")).toMatch(
    /^dp_acc_01JD_00[0-9a-hjkmnp-tv-z]{26}_[0-9a-hjkmnp-tv-z]{26}$/,
  );
});

test("a token names the shard of its account, under its MAC", async () => {
  expect(await verifyAccountToken([newKey], await mintAccountToken([newKey], "acme"))).toEqual(ACME);
  const elsewhere = await signText([newKey], `dp_acme_7k${randomText()}`);
  expect(await verifyAccountToken([newKey], elsewhere)).toEqual({ accountId: "acme", shard: "7K" });
  expect(await verifyAccountToken([newKey], elsewhere.replace("_7k", "_00"))).toBeNull();
  expect(await verifyAccountToken([newKey], elsewhere.replace("_7k", "_"))).toBeNull();
});

test("a token from before shards had names verifies as before, and its account is in the first", async () => {
  const token = await signText([newKey], `dp_acme_${randomText()}`);
  expect(await verifyAccountToken([newKey], token)).toEqual(ACME);
  expect(await verifyAccountToken([newKey], token.replace("dp_acme_", "dp_acme_00"))).toBeNull();
});

test("two tokens of one account differ", async () => {
  expect(await mintAccountToken([newKey], "acme")).not.toBe(await mintAccountToken([newKey], "acme"));
});

test("whatever id an account was given, its token is ours, be it new or older", async () => {
  const random = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{26,28}$/);
  const likeAToken = fc.tuple(fc.stringMatching(/^[a-z0-9_]{0,8}$/), random).map(([id, text]) => `${id}_${text}`);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), likeAToken), async (accountId) => {
      const older = await signText([newKey], `dp_${accountId}_${randomText()}`);
      for (const token of [await mintAccountToken([newKey], accountId), older]) {
        expect(await verifyAccountToken([newKey], token)).toEqual({ accountId, shard: "00" });
      }
    }),
    { numRuns: 50 },
  );
});

test("after a new key was put in front, tokens of the old one still verify, and new tokens are the new key's", async () => {
  const oldToken = await mintAccountToken([oldKey], "acme");
  const newToken = await mintAccountToken([newKey, oldKey], "acme");
  expect(await verifyAccountToken([newKey, oldKey], oldToken)).toEqual(ACME);
  expect(await verifyAccountToken([newKey], oldToken)).toBeNull();
  expect(await verifyAccountToken([newKey], newToken)).toEqual(ACME);
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

test("a token that was verified is known, by the keys that did and by no others, and nothing that differs from it is", async () => {
  const keys = [newKey, oldKey];
  const token = await mintAccountToken([oldKey], "acme");
  expect(await verifyAccountToken(keys, token)).toEqual(ACME);
  const sign = vi.spyOn(crypto.subtle, "sign");
  expect(await verifyAccountToken(keys, token)).toEqual(ACME);
  expect(sign).not.toHaveBeenCalled();
  sign.mockRestore();
  expect(await verifyAccountToken([newKey], token)).toBeNull();
  const other = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
  for (let tries = 0; tries < 2; tries++) expect(await verifyAccountToken(keys, other)).toBeNull();
});
