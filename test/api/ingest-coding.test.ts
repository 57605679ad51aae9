import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openGateway } from "../support/gateway";
import { lastAt, openReceiver } from "../support/receivers";
import { addDestination, ingest, newAccount, type Received, send, settled } from "../support/tenants";

const LIMIT = 1_000_000;
const TEXT = '{"name":"Łódź 🧪","n":1.0}';
const CODERS: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
];
const bytesOf = (text: string) => new TextEncoder().encode(text);
const coded = (coding: string) => ({ headers: { "content-encoding": coding } });

describe.each(CODERS)("a body that comes as %s", (coding, encode) => {
  it("is stored and forwarded decoded, and says nothing of the coding any more", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const { event_id } = await send(account, encode(bytesOf(TEXT)), coded(coding));
    const { payload, size_bytes } = await settled(event_id);
    expect([payload, size_bytes]).toEqual([TEXT, bytesOf(TEXT).length]);
    const { text, headers } = lastAt(receiver);
    expect([text, headers.get("content-encoding")]).toEqual([TEXT, null]);
  });

  it("is the same event as without it, under its idempotency key", async () => {
    const account = await newAccount();
    const key = { "idempotency-key": "order-17" };
    const first = await send(account, TEXT, { headers: key });
    const again = await send(account, encode(bytesOf(TEXT)), { headers: { ...key, "content-encoding": coding } });
    expect(again).toMatchObject({ event_id: first.event_id, duplicate: true });
  });

  it("may be as large as the limit once decoded, and not a byte larger", async () => {
    const account = await newAccount();
    const { event_id } = await send(account, encode(jsonOf(LIMIT)), coded(coding));
    expect((await settled(event_id)).size_bytes).toBe(LIMIT);
    const { status, json } = await ingest(account.app_secret_token, encode(jsonOf(LIMIT + 1)), coded(coding));
    expect([status, json.code]).toEqual([413, "body_too_large"]);
  });

  it("is refused when it is cut off, or is of another coding", async () => {
    const account = await newAccount();
    for (const body of [encode(bytesOf(TEXT)).slice(0, -5), bytesOf(TEXT), new Uint8Array()]) {
      const { status, json } = await ingest(account.app_secret_token, body, coded(coding));
      expect([status, json.code]).toEqual([400, "not_json"]);
      expect(json.errors[0]?.message).toContain(coding);
    }
  });

  it("is cut off early when a few bytes would become a hundred million", async () => {
    const account = await newAccount();
    const bomb = encode(new Uint8Array(100_000_000));
    const { status, json } = await ingest(account.app_secret_token, bomb, coded(coding));
    expect([status, json.code]).toEqual([413, "body_too_large"]);
  }, 20_000);
});

describe("the content coding", () => {
  it.each(["identity", "", "IDENTITY", "identity, GZIP"])("%j is taken", async (coding) => {
    const account = await newAccount();
    const body = coding.includes("GZIP") ? gzipSync(TEXT) : TEXT;
    expect((await settled((await send(account, body, coded(coding))).event_id)).payload).toBe(TEXT);
  });

  it.each(["zstd", "compress", "aws-chunked", "gzip, gzip", "toString", "*"])(
    "%s is refused with those that are taken, before the body is looked at",
    async (coding) => {
      const account = await newAccount();
      const { status, json, headers } = await ingest(account.app_secret_token, jsonOf(LIMIT + 1), coded(coding));
      expect([status, json.message, json.code]).toEqual([415, "Invalid Data", "encoding_unsupported"]);
      expect(headers.get("accept-encoding")).toBe("gzip, deflate, br");
      expect(json.errors[0]?.path).toBe("content-encoding");
    },
  );

  it("is not spoken of to whom the token does not let in", async () => {
    const account = await newAccount();
    for (const token of ["dp_acme_made-up", `${account.app_secret_token}x`]) {
      const { status } = await ingest(token, TEXT, coded("zstd"));
      expect(status).toBe(401);
    }
  });

  it("is decoded on the way through the queue as well", async () => {
    const account = await newAccount();
    const messages: { accept: { payload: string } }[] = [];
    const queue = { send: async (message: { accept: { payload: string } }) => void messages.push(message) };
    const { door } = openGateway({ ACCEPT: "queue", QUEUE: queue });
    const answer = await ingest<Received>(account.app_secret_token, gzipSync(TEXT), { door, ...coded("gzip") });
    expect([answer.status, messages[0]?.accept.payload]).toEqual([202, TEXT]);
  });
});

describe("the error names", () => {
  it("a byte order mark", async () => {
    const { app_secret_token } = await newAccount();
    const { status, json } = await ingest(app_secret_token, "\ufeff{}");
    expect([status, json.code]).toEqual([400, "not_json"]);
    expect(json.errors[0]?.message).toContain("byte order mark");
  });

  it("the token that came twice", async () => {
    const { app_secret_token: token } = await newAccount();
    const { status, json } = await ingest(`${token}, ${token}`, "{}");
    expect([status, json.code]).toEqual([401, "token_invalid"]);
    expect(json.errors[0]?.message).toContain("twice");
  });
});

function jsonOf(sizeBytes: number): Uint8Array {
  return bytesOf(JSON.stringify("x".repeat(sizeBytes - 2)));
}

describe("a body that says its length", () => {
  const said = (bytes: Uint8Array) => ({ headers: { "content-length": String(bytes.length) } });

  it.each([1, 17, 65_536, 65_537, LIMIT])("of %i bytes is taken as any other", async (length) => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const body = length === 1 ? bytesOf("1") : jsonOf(length);
    const { event_id } = await send(account, body, said(body));
    expect((await settled(event_id)).size_bytes).toBe(length);
    expect(lastAt(receiver).bytes).toEqual(body);
  });

  it.each([
    ["empty", new Uint8Array(), 400, "not_json"],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400, "not_json"],
    ["cut off within a character", new Uint8Array([0x22, 0xe2, 0x82]), 400, "not_json"],
    ["too large", jsonOf(LIMIT + 1), 413, "body_too_large"],
  ])("and is %s is refused", async (_, body, status, code) => {
    const account = await newAccount();
    const answer = await ingest(account.app_secret_token, body, said(body));
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    // what was read of one must not be left over for the next
    expect((await ingest(account.app_secret_token, "{}")).status).toBe(200);
  });
});
