import { Webhook } from "standardwebhooks";
import { expect, test, vi } from "vitest";
import { type Attempt, type AttemptContext, attempt } from "../../src/attempts/attempt";
import type { RequestSpec } from "../../src/attempts/request";
import { newSigningSecret } from "../../src/attempts/signature";

const SHORT_MS = 40;
const secret = newSigningSecret();

function spec(changes: Partial<RequestSpec> = {}): RequestSpec {
  return {
    ...{
      deliveryId: "dlv_1",
      url: "https://example.com/hook",
      method: "POST",
      headers: {},
      filled: null,
      payload: '{"n":1.0}',
    },
    ...{ publicHeaders: [], forwarded: {}, hops: 0, contentType: null, secrets: [secret], timeoutMs: 5_000 },
    ...changes,
  };
}

const OPEN = { allowPrivate: true, httpsOnly: false, allowedHosts: [] };
const STRICT = { ...OPEN, allowPrivate: false };

/** A receiver that answers as told; `received` are the requests that reached it. */
function receiver(answer: (request: Request) => Response | Promise<Response>) {
  const received: Request[] = [];
  const fetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    received.push(request.clone());
    return answer(request);
  });
  const context: AttemptContext = { fetch: fetch as typeof globalThis.fetch, now: Date.now, outbound: STRICT };
  return { received, context };
}

function shoot(answer: () => Response | Promise<Response>, changes: Partial<RequestSpec> = {}): Promise<Attempt> {
  return attempt(spec(changes), receiver(answer).context);
}

test("a 200 is a success, with what was answered and when", async () => {
  const { context } = receiver(() => new Response("thanks", { status: 200, headers: { "x-trace": "t1" } }));
  let clock = 1_000;
  context.now = () => (clock += 500);
  expect(await attempt(spec(), context)).toMatchObject({
    ...{ startedAt: 1_500, durationMs: 500, outcome: "success", statusCode: 200, detail: null },
    ...{ responseBody: "thanks", responseHeaders: { "x-trace": "t1" }, retryAfterMs: null },
  });
});

test("the receiver gets the bytes, the headers of the destination line by line, and a signature that verifies", async () => {
  const { context, received } = receiver(() => new Response(null, { status: 204 }));
  const payload = ' {"text":"Zoë 🚀", "id":12345678901234567890}';
  await attempt(spec({ payload, headers: { "X-Multi": ["a", "b"], Authorization: "Bearer x" } }), context);
  const request = received[0]!;
  const body = await request.text();
  expect(body).toBe(payload);
  expect(request.redirect).toBe("manual");
  expect(request.headers.get("x-multi")).toBe("a, b");
  expect(request.headers.get("authorization")).toBe("Bearer x");
  expect(request.headers.get("content-type")).toBe("application/json");
  expect(() => new Webhook(secret).verify(body, Object.fromEntries(request.headers))).not.toThrow();
});

test("a GET arrives with the data in its query and without a body", async () => {
  const { context, received } = receiver(() => new Response("ok"));
  await attempt(spec({ method: "GET", url: "https://example.com/hook?own=1" }), context);
  expect(received[0]).toMatchObject({ method: "GET", url: "https://example.com/hook?own=1&n=1.0", body: null });
});

test("a DELETE arrives with the payload as body", async () => {
  const { context, received } = receiver(() => new Response("ok"));
  await attempt(spec({ method: "DELETE" }), context);
  expect(received[0]!.method).toBe("DELETE");
  expect(await received[0]!.text()).toBe('{"n":1.0}');
});

test("the platform's limit of requests is our fault and not charged to the delivery", async () => {
  const answer = () => Promise.reject(new Error("Too many subrequests by single Worker invocation."));
  await expect(shoot(answer)).rejects.toThrow("Too many subrequests");
});

test("a redirect is an error of the receiver's and is not followed", async () => {
  const { context, received } = receiver(
    () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
  );
  expect(await attempt(spec(), context)).toMatchObject({
    ...{ outcome: "http_error", statusCode: 302, detail: expect.stringMatching(/not followed/) },
    responseHeaders: { location: "https://evil.example/" },
  });
  expect(received).toHaveLength(1);
});

test.each([400, 410, 500])("a %i is an error of the receiver's, with its words", async (status) => {
  expect(await shoot(() => new Response("no", { status }))).toMatchObject({
    ...{ outcome: "http_error", statusCode: status, responseBody: "no" },
  });
});

test("a name that Cloudflare's edge could not resolve is a DNS failure", async () => {
  expect(await shoot(() => new Response("error code: 1016", { status: 530 }))).toMatchObject({
    ...{ outcome: "dns", statusCode: 530, detail: expect.stringMatching(/edge/) },
  });
});

test("Retry-After counts on 429 and 503 only", async () => {
  const headers = { "retry-after": "7" };
  expect(await shoot(() => new Response("", { status: 429, headers }))).toMatchObject({ retryAfterMs: 7_000 });
  expect(await shoot(() => new Response("", { status: 503, headers }))).toMatchObject({ retryAfterMs: 7_000 });
  expect(await shoot(() => new Response("", { status: 500, headers }))).toMatchObject({ retryAfterMs: null });
  expect(await shoot(() => new Response("", { status: 200, headers }))).toMatchObject({ retryAfterMs: null });
});

test("a connection that is reset is recorded, not thrown", async () => {
  const reset = () => Promise.reject(new Error("Network connection lost."));
  expect(await shoot(reset)).toMatchObject({
    ...{ outcome: "connection", statusCode: null, responseBody: null, responseHeaders: null },
    detail: "No answer came: Network connection lost.",
  });
});

test("a receiver that never answers is a timeout at the deadline, and its connection is given up", async () => {
  let given: AbortSignal | undefined;
  const { context } = receiver((request) => {
    given = request.signal;
    return new Promise(() => {});
  });
  const result = await attempt(spec({ timeoutMs: SHORT_MS }), context);
  expect(result).toMatchObject({ outcome: "timeout", statusCode: null, detail: "No answer within 0.04 s" });
  expect(given?.aborted).toBe(true);
});

test("the runtime's own word for an abort at the deadline is a timeout too", async () => {
  const aborted = () => Promise.reject(new DOMException("The operation was aborted", "AbortError"));
  expect(await shoot(aborted)).toMatchObject({ outcome: "timeout" });
});

/** A body that gives these chunks and then, instead of ending, does what it is told. */
function bodyOf(chunks: string[], then: "stalls" | "breaks"): ReadableStream<Uint8Array> {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (then === "breaks") controller.error(new Error("Network connection lost."));
      else return new Promise(() => {});
    },
  });
}

test.each([
  [200, "success"],
  [500, "http_error"],
])("a %i whose body stalls is a %s at the deadline, with what came", async (status, outcome) => {
  const stalls = () => new Response(bodyOf(["part", "ial"], "stalls"), { status });
  expect(await shoot(stalls, { timeoutMs: SHORT_MS })).toMatchObject({ outcome, responseBody: "partial" });
});

test.each([
  [200, "success"],
  [500, "http_error"],
])("a %i whose body breaks off is a %s, with what came", async (status, outcome) => {
  const breaks = () => new Response(bodyOf(["partial"], "breaks"), { status });
  expect(await shoot(breaks)).toMatchObject({ outcome, responseBody: "partial" });
});

test("of a body without end, 8,192 bytes are kept and hardly more is pulled", async () => {
  let pulledBytes = 0;
  let cancelled = false;
  const endless = new ReadableStream({
    pull(controller) {
      pulledBytes += 1_000;
      controller.enqueue(new Uint8Array(1_000).fill(120));
    },
    cancel() {
      cancelled = true;
    },
  });
  const result = await shoot(() => new Response(endless));
  expect(result).toMatchObject({ outcome: "success", responseBody: "x".repeat(8_192) });
  expect(pulledBytes).toBeLessThanOrEqual(12_000);
  expect(cancelled).toBe(true);
});

test("a body is not cut within a character, and binary is no trouble", async () => {
  const euros = await shoot(() => new Response(`x${"€".repeat(4_000)}`));
  expect(euros.responseBody).toBe(`x${"€".repeat(2_730)}`);
  const binary = await shoot(() => new Response(new Uint8Array([97, 0, 255, 98])));
  expect(binary.responseBody).toBe("a\ufffd\ufffdb");
});

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

test.each<[string, Uint8Array, string]>([
  ["text/plain; charset=iso-8859-1", latin1("Clé refusée"), "Clé refusée"],
  ['text/html;CHARSET="windows-1252"', latin1("Cl\xe9 \x80"), "Clé €"],
  ["text/plain; format=flowed; charset=utf-16le", latin1("a\0b\0"), "ab"],
  ["text/plain; charset=Shift_JIS", latin1("\x93\xfa\x96\x7b"), "日本"],
  ["text/plain; charset=klingon", new TextEncoder().encode("Clé"), "Clé"],
  ["text/plain; charset=", new TextEncoder().encode("Clé"), "Clé"],
  ["application/json", new TextEncoder().encode("Clé"), "Clé"],
])("an answer of %s can be read", async (type, bytes, text) => {
  const { responseBody } = await shoot(() => new Response(bytes, { headers: { "content-type": type } }));
  expect(responseBody).toBe(text);
});

test("an answer in two bytes a character is not cut within one", async () => {
  const headers = { "content-type": "text/plain; charset=shift_jis" };
  const bytes = new Uint8Array([0x78, ...Array.from({ length: 5_000 }, () => [0x93, 0xfa]).flat()]);
  expect((await shoot(() => new Response(bytes, { headers }))).responseBody).toBe(`x${"日".repeat(4_095)}`);
});

test("an answer that has all that it said it would is not waited for any longer", async () => {
  const headers = { "content-length": "7" };
  const stalls = () => new Response(bodyOf(["part", "ial"], "stalls"), { headers });
  const result = await Promise.race([shoot(stalls, { timeoutMs: 30_000 }), scheduler.wait(5_000)]);
  expect(result).toMatchObject({ outcome: "success", responseBody: "partial" });
});

test("an answer that says it is empty is", async () => {
  const stalls = () => new Response(bodyOf([], "stalls"), { headers: { "content-length": "0" } });
  const result = await Promise.race([shoot(stalls, { timeoutMs: 30_000 }), scheduler.wait(5_000)]);
  expect(result).toMatchObject({ outcome: "success", responseBody: "" });
});

test.each([
  ["is that of its coding", { "content-length": "3", "content-encoding": "br" }],
  ["is no number", { "content-length": "NaN" }],
])("an answer whose length %s is read to its end", async (_case, headers) => {
  const answer = () => new Response(bodyOf(["part", "ial"], "breaks"), { headers, encodeBody: "manual" });
  expect(await shoot(answer)).toMatchObject({ responseBody: "partial" });
});

test("a character that comes in two pieces is one", async () => {
  const [first, second] = [new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac, 0x21])];
  const pieces = new ReadableStream({
    start(controller) {
      controller.enqueue(first);
      controller.enqueue(second);
      controller.close();
    },
  });
  expect(await shoot(() => new Response(pieces))).toMatchObject({ responseBody: "€!" });
});

test.each([304, 305, 399])("%i names no other place, so nothing is said of redirects", async (status) => {
  const result = await shoot(() => new Response(null, { status }));
  expect(result).toMatchObject({ outcome: "http_error", statusCode: status, detail: null });
});

test("the headers of an answer are kept up to 4 KB, cookies without their value", async () => {
  const headers = new Headers({ "x-a": "1", "x-big": "b".repeat(5_000), "x-z": "2" });
  headers.append("set-cookie", "session=abc");
  headers.append("set-cookie", "other=def");
  const { responseHeaders } = await shoot(() => new Response(null, { headers }));
  expect(responseHeaders).toEqual({ "x-a": "1", "x-z": "2", "set-cookie": "***" });
});

test.each([
  ["a private address", { url: "http://127.0.0.1/hook" }],
  ["no URL", { url: "nonsense" }],
  ["a header name that HTTP does not have", { headers: { "bad name": "x" } }],
  ["a header value with a line break", { headers: { "X-Name": "a\r\nEvil: 1" } }],
  ["data too long for a query", { method: "GET", payload: JSON.stringify({ a: "x".repeat(16_384) }) }],
] as [string, Partial<RequestSpec>][])("%s is unsendable, and nothing is sent", async (_case, changes) => {
  const { context, received } = receiver(() => new Response("ok"));
  expect(await attempt(spec(changes), context)).toMatchObject({
    ...{ outcome: "unsendable", statusCode: null, responseBody: null, detail: expect.stringMatching(/\w+ \w+/) },
  });
  expect(received).toHaveLength(0);
});

test("a URL of exactly 16,384 characters with its query is sent", async () => {
  const base = "https://example.com/hook?a=";
  const payload = JSON.stringify({ a: "x".repeat(16_384 - base.length) });
  const { context, received } = receiver(() => new Response("ok"));
  expect(await attempt(spec({ method: "GET", payload }), context)).toMatchObject({ outcome: "success" });
  expect(received[0]!.url).toHaveLength(16_384);
});

test("a private address is called where that is allowed", async () => {
  const { context } = receiver(() => new Response("ok"));
  context.outbound = OPEN;
  expect(await attempt(spec({ url: "http://127.0.0.1:8080/" }), context)).toMatchObject({ outcome: "success" });
});

test("the runtime's own fetch can be handed in as it is", async () => {
  const context = { fetch: globalThis.fetch, now: Date.now, outbound: OPEN };
  expect(await attempt(spec({ url: "http://127.0.0.1:1/" }), context)).toMatchObject({ outcome: "connection" });
});

test("a signing secret that is no base64 is our own fault and is thrown", async () => {
  await expect(shoot(() => new Response("ok"), { secrets: ["whsec_*"] })).rejects.toThrow();
});

test("a header that templates make and that may be a secret is masked where the receiver says it again", async () => {
  const headers: [string, string][] = [
    ["Authorization", "Bearer s3cr3t-of-the-event"],
    ["X-Event", "evt_of-the-event"],
  ];
  const { responseBody } = await shoot(() => new Response("s3cr3t-of-the-event, evt_of-the-event"), {
    filled: { path: "", query: "", headers },
  });
  expect(responseBody).not.toContain("s3cr3t");
  expect(responseBody).toContain("evt_of-the-event");
});
