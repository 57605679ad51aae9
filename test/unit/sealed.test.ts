/** What of a destination was opened is kept, and never used for anything but the texts it was opened from. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { openAll, sealAll, sealSecrets } from "../../src/destinations/sealed";
import { OpenHeaders } from "../../src/security/masking";

const keys = [new Uint8Array(32).fill(1)];
const place = { accountId: "acme", destinationId: "dst_1", url: "https://example.com/hook?key=s3cr3t" };
const secret = { secret: "whsec_new", expiresAt: null };

const sealed = (at = place, value = "Bearer one") =>
  sealAll(keys, at, new OpenHeaders({ Authorization: value }), [
    secret,
    { secret: "whsec_old", expiresAt: 1_000 },
  ]).then((columns) => ({ ...at, ...columns }));

async function opened(row: Awaited<ReturnType<typeof sealed>>, now = 0, by = keys) {
  const { url, headers, secrets, unreadable } = await openAll(by, row, [], now);
  return {
    url: url?.reveal(),
    authorization: headers?.reveal().Authorization,
    secrets: secrets?.map((one) => one.secret),
    unreadable: unreadable?.parts,
  };
}

const WHOLE = {
  url: place.url,
  authorization: "Bearer one",
  secrets: ["whsec_new", "whsec_old"],
  unreadable: undefined,
};
const CLOSED = { url: undefined, authorization: undefined, secrets: undefined };

afterEach(() => vi.restoreAllMocks());

describe("what was opened once", () => {
  it("is not opened again", async () => {
    const row = await sealed();
    expect(await opened(row)).toEqual(WHOLE);
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    expect(await opened({ ...row })).toEqual(WHOLE);
    expect(decrypt).not.toHaveBeenCalled();
  });

  it("loses a secret that has ended, though nothing was written", async () => {
    const row = await sealed();
    expect((await opened(row, 999)).secrets).toEqual(["whsec_new", "whsec_old"]);
    expect((await opened(row, 1_000)).secrets).toEqual(["whsec_new"]);
    expect((await opened(row, 999)).secrets).toEqual(["whsec_new", "whsec_old"]);
  });

  it("gives way to what is written instead: URL, headers, secrets", async () => {
    const row = await sealed();
    await opened(row);
    expect((await opened(await sealed(place, "Bearer two"))).authorization).toBe("Bearer two");
    const rotated = { ...row, sealedSecrets: await sealSecrets(keys, place, [{ secret: "whsec_3", expiresAt: null }]) };
    expect((await opened(rotated)).secrets).toEqual(["whsec_3"]);
    const elsewhere = { ...place, url: "https://example.com/other?key=two" };
    expect((await opened(await sealed(elsewhere))).url).toBe(elsewhere.url);
    expect(await opened(row)).toEqual(WHOLE);
  });

  it.each([
    ["account", { accountId: "other" }],
    ["destination", { destinationId: "dst_2" }],
    ["host", { url: "https://evil.example/hook?key=***" }],
  ])("does not open in the row of another %s", async (_, other) => {
    const row = await sealed();
    await opened(row);
    expect(await opened({ ...row, ...other })).toEqual({ ...CLOSED, unreadable: ["url", "headers", "signing_secret"] });
  });

  it("does not open under other keys", async () => {
    const row = await sealed();
    await opened(row);
    expect(await opened(row, 0, [new Uint8Array(32).fill(2)])).toMatchObject(CLOSED);
  });

  it("cannot be changed by whoever has it", async () => {
    const row = await sealed();
    const { headers } = await openAll(keys, row, [], 0);
    expect(() => Object.assign(headers?.reveal() ?? {}, { Authorization: "forged" })).toThrow(TypeError);
    expect(await opened(row)).toEqual(WHOLE);
  });
});
