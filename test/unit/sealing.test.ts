import fc from "fast-check";
import { expect, test } from "vitest";
import { open, seal, sealingKeyIds } from "../../src/security/sealing";

const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(48).fill(2);

test("any text opens again as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (text, context) => {
      expect(await open([newKey], await seal([newKey], text, context), context)).toBe(text);
    }),
    { numRuns: 50 },
  );
});

test("a sealed text does not show what is in it, and sealing twice gives two texts", async () => {
  const sealed = await seal([newKey], "whsec_visible", "dst_1");
  expect(sealed).not.toContain("visible");
  expect(await seal([newKey], "whsec_visible", "dst_1")).not.toBe(sealed);
});

test("after a rotation, what the old key sealed still opens, and new texts need the new key", async () => {
  const before = await seal([oldKey], "before", "row");
  const after = await seal([newKey, oldKey], "after", "row");
  expect(await open([newKey, oldKey], before, "row")).toBe("before");
  expect(await open([newKey], after, "row")).toBe("after");
});

test("when the key was dropped, the error says that and which key id it was", async () => {
  const sealed = await seal([oldKey], "text", "row");
  await expect(open([newKey], sealed, "row")).rejects.toThrow(/under key [0-9a-f]{8}, which is not among/);
});

test("a text moved to another row does not open", async () => {
  const sealed = await seal([newKey], "text", "dst_1");
  await expect(open([newKey], sealed, "dst_2")).rejects.toThrow(/belongs to another row/);
});

test("a changed text does not open", async () => {
  const sealed = await seal([newKey], "a longer text to change", "row");
  const at = sealed.length - 8;
  const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  await expect(open([newKey], changed, "row")).rejects.toThrow(/was changed/);
});

test.each(["", "plain text", "v3.00000000.AAAA", "v1.00000000", "v1.a.b.c"])("%j is no sealed text", async (text) => {
  await expect(open([newKey], text, "row")).rejects.toThrow(/no sealed text/);
});

test("a sealed text that was cut off does not open", async () => {
  const [version, id] = (await seal([newKey], "text", "row")).split(".");
  await expect(open([newKey], `${version}.${id}.`, "row")).rejects.toThrow(/was changed/);
  await expect(open([newKey], `${version}.${id}.*`, "row")).rejects.toThrow(/was changed/);
});

test("a text of the version before opens under the context that it had, and under no other", async () => {
  const v1 = (await seal([newKey], "text", "dst_1")).replace("v2", "v1");
  expect(await open([newKey], v1, "acme dst_1", "dst_1")).toBe("text");
  await expect(open([newKey], v1.replace("v1", "v2"), "acme dst_1", "dst_1")).rejects.toThrow(/belongs to another row/);
});

test("keys have ids, by which sealed texts name them", async () => {
  const [first, second] = await sealingKeyIds([newKey, oldKey]);
  expect((await seal([newKey], "text", "row")).split(".")[1]).toBe(first);
  expect((await seal([oldKey], "text", "row")).split(".")[1]).toBe(second);
});
