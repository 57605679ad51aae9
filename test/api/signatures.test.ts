/** By which schemes a destination's requests are signed, and the key that verifies v1a. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { call, request } from "../support/gateway";
import { openReceiver, type Receiver } from "../support/receivers";
import { type Account, addDestination, type Destination, newAccount, send } from "../support/tenants";

let account: Account;
let receiver: Receiver;

type Made = Destination & { signing_secret: string };

async function made(input: Record<string, unknown> = {}): Promise<Made> {
  account = await newAccount();
  receiver = openReceiver();
  return addDestination(account, receiver.url, input);
}

/** The signatures of the next request, by their scheme. */
async function signatures(): Promise<{ schemes: string[]; verifiedBy: (publicKey: string | null) => Promise<number> }> {
  const before = receiver.arrived.length;
  await send(account, '{"n":1.0}');
  await vi.waitUntil(() => receiver.arrived.length > before);
  const { headers, text: body } = receiver.arrived[before]!;
  const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const all = (headers.get("webhook-signature") ?? "").split(" ").map((one) => one.split(","));
  const verifiedBy = async (publicKey: string | null) => {
    const half = Uint8Array.fromBase64((publicKey ?? "").replace(/^whpk_/, ""));
    const key = await crypto.subtle.importKey("raw", half, { name: "Ed25519" }, false, ["verify"]);
    const content = new TextEncoder().encode(signed);
    const held = await Promise.all(
      all
        .filter(([scheme]) => scheme === "v1a")
        .map(([, value = ""]) => crypto.subtle.verify("Ed25519", key, Uint8Array.fromBase64(value), content)),
    );
    return held.filter(Boolean).length;
  };
  return { schemes: all.map(([scheme = ""]) => scheme), verifiedBy };
}

const PUBLIC = /^whpk_[A-Za-z0-9+/]{43}=$/;
const keyAt = ({ destination_id }: { destination_id: string }) =>
  request<{ destination_id: string; public_key: string; code: string }>(
    "GET",
    `/destinations/${destination_id}/public-key`,
  );
const patch = (of: Made, body: unknown) => call<Destination>("PATCH", `/destinations/${of.destination_id}`, body);

describe("a destination", () => {
  it("is signed by v1 alone unless it asks for more, and has no public key", async () => {
    const destination = await made();
    expect(destination).toMatchObject({ signature_schemes: ["v1"], public_key: null });
    expect((await signatures()).schemes).toEqual(["v1"]);
    const { status, json } = await keyAt(destination);
    expect([status, json.code]).toEqual([404, "not_found"]);
  });

  it("from before there was a choice is signed by v1", async () => {
    const destination = await made();
    await env.DB.prepare("UPDATE destinations SET signature_schemes = NULL WHERE destination_id = ?")
      .bind(destination.destination_id)
      .run();
    const { json } = await call<Destination>("GET", `/destinations/${destination.destination_id}`);
    expect(json.signature_schemes).toEqual(["v1"]);
    expect((await signatures()).schemes).toEqual(["v1"]);
  });

  it.each([
    [["v1a"], ["v1a"]],
    [
      ["v1a", "v1"],
      ["v1", "v1a"],
    ],
  ])("that asks for %j is signed by those, and its key verifies", async (schemes, sent) => {
    const destination = await made({ signature_schemes: schemes });
    expect(destination).toMatchObject({ signature_schemes: schemes, public_key: expect.stringMatching(PUBLIC) });
    const { schemes: seen, verifiedBy } = await signatures();
    expect(seen).toEqual(sent);
    expect(await verifiedBy(destination.public_key)).toBe(1);
  });

  it("gets its key when v1a is first asked for, and keeps it", async () => {
    const destination = await made();
    const { json: asked } = await patch(destination, { signature_schemes: ["v1", "v1a"] });
    expect(asked.public_key).toMatch(PUBLIC);
    expect(await (await signatures()).verifiedBy(asked.public_key)).toBe(1);
    const { json: off } = await patch(destination, { signature_schemes: null });
    expect([off.signature_schemes, off.public_key]).toEqual([["v1"], null]);
    expect((await signatures()).schemes).toEqual(["v1"]);
    expect((await keyAt(destination)).status).toBe(404);
    const { json: on } = await patch(destination, { signature_schemes: ["v1a"], description: "again" });
    expect(on.public_key).toBe(asked.public_key);
    expect(await (await signatures()).verifiedBy(asked.public_key)).toBe(1);
  });

  it.each([[[]], [["v2"]], [["v1", "v1"]], ["v1"], [[null]]])("cannot ask for %j", async (schemes) => {
    const destination = await made();
    const { status, text } = await patch(destination, { signature_schemes: schemes });
    expect(status).toBe(400);
    expect(text).toContain("Give a list of v1 and v1a: one of them or both, each once.");
  });
});

describe("the public key", () => {
  it("is there for anybody, may be cached, and says nothing of the account", async () => {
    const destination = await made({ signature_schemes: ["v1a"], description: "not for everybody" });
    const { status, json, headers } = await keyAt(destination);
    expect(status).toBe(200);
    expect(json).toEqual({ destination_id: destination.destination_id, public_key: destination.public_key });
    expect(headers.get("cache-control")).toBe("public, max-age=300");
    expect((await keyAt({ destination_id: "dst_none" })).status).toBe(404);
    const unread = await request("GET", `/destinations/${destination.destination_id}/public-key?of=x`);
    expect(unread.status).toBe(400);
  });

  it("opens nothing else without a key", async () => {
    const { destination_id } = await made({ signature_schemes: ["v1a"] });
    for (const path of ["", "/", "/public-key/x", "/activation"]) {
      expect((await request("GET", `/destinations/${destination_id}${path}`)).status).toBe(401);
    }
    expect((await request("POST", `/destinations/${destination_id}/public-key`)).status).toBe(401);
  });

  it("is gone with its destination", async () => {
    const destination = await made({ signature_schemes: ["v1a"] });
    await call("DELETE", `/destinations/${destination.destination_id}`);
    expect((await keyAt(destination)).status).toBe(404);
    const kept = await env.DB.prepare("SELECT public_key FROM destinations WHERE destination_id = ?")
      .bind(destination.destination_id)
      .first("public_key");
    expect(kept).toBeNull();
  });
});

describe("a rotation of the secret", () => {
  it("replaces the key as well, and both sign until the overlap ends", async () => {
    const old = await made({ signature_schemes: ["v1", "v1a"] });
    const rotate = (overlap_seconds: number) =>
      call("POST", `/destinations/${old.destination_id}/secrets`, { overlap_seconds });
    expect((await rotate(3_600)).status).toBe(201);
    const { public_key: fresh } = (await keyAt(old)).json;
    expect(fresh).not.toBe(old.public_key);
    const during = await signatures();
    expect(during.schemes).toEqual(["v1", "v1a", "v1", "v1a"]);
    expect([await during.verifiedBy(old.public_key), await during.verifiedBy(fresh)]).toEqual([1, 1]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_601_000 });
    const after = await signatures().finally(() => vi.useRealTimers());
    expect(after.schemes).toEqual(["v1", "v1a"]);
    expect([await after.verifiedBy(old.public_key), await after.verifiedBy(fresh)]).toEqual([0, 1]);
  });

  it("finds room for as many secrets with keys as without", async () => {
    const { destination_id } = await made({ signature_schemes: ["v1", "v1a"] });
    const seen: number[] = [];
    for (let n = 0; n < 5; n++) seen.push((await call("POST", `/destinations/${destination_id}/secrets`, {})).status);
    expect(seen).toEqual([201, 201, 201, 201, 409]);
  });
});

it("a signing key is shown nowhere, not in the database either", async () => {
  const { destination_id } = await made({ signature_schemes: ["v1", "v1a"] });
  const rotated = await call("POST", `/destinations/${destination_id}/secrets`, {});
  const read = await call("GET", `/destinations/${destination_id}`);
  const { results } = await env.DB.prepare("SELECT * FROM destinations").all();
  for (const text of [rotated.text, read.text, JSON.stringify(results)]) expect(text).not.toContain("whsk_");
});
