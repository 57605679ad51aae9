import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { buildRequest, maskRequest, type RequestSpec } from "../../src/attempts/request";
import { newSigningSecret } from "../../src/attempts/signature";
import { USER_AGENT } from "../../src/vocabulary/version";

const secret = newSigningSecret();
const timestamp = Math.floor(Date.now() / 1000);

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
    ...{ publicHeaders: [], forwarded: {}, hops: 0, contentType: null, secrets: [secret], timeoutMs: 10_000 },
    ...changes,
  };
}

const valuesOf = (headers: [string, string][], name: string) =>
  headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);

test.each(["POST", "PUT", "PATCH", "DELETE"] as const)(
  "%s carries the payload as it is, under our defaults",
  async (method) => {
    const payload = ' {"n": 1.0, "id": 12345678901234567890, "s": "é"} ';
    const request = await buildRequest(spec({ method, payload, url: "https://example.com/hook?a=1#x" }), timestamp);
    expect(request).toMatchObject({ url: "https://example.com/hook?a=1", method, body: payload });
    expect(valuesOf(request.headers, "content-type")).toEqual(["application/json"]);
    expect(valuesOf(request.headers, "accept")).toEqual(["*/*"]);
    expect(valuesOf(request.headers, "user-agent")).toEqual([USER_AGENT]);
  },
);

test("the destination's headers win over the defaults in any case, and a list is one line each", async () => {
  const headers = { "CONTENT-type": "text/json", "User-AGENT": "mine", "X-Multi": ["a", "b"] };
  const request = await buildRequest(spec({ headers }), timestamp);
  expect(valuesOf(request.headers, "content-type")).toEqual(["text/json"]);
  expect(valuesOf(request.headers, "user-agent")).toEqual(["mine"]);
  expect(valuesOf(request.headers, "x-multi")).toEqual(["a", "b"]);
  expect(valuesOf(request.headers, "accept")).toEqual(["*/*"]);
});

test("GET carries the payload in the query, has no body and no content-type", async () => {
  const request = await buildRequest(spec({ method: "GET", url: "https://example.com/hook?own=%7e" }), timestamp);
  expect(request).toMatchObject({ url: "https://example.com/hook?own=%7e&n=1.0", body: null });
  expect(valuesOf(request.headers, "content-type")).toEqual([]);
});

test("a receiver verifies the body of a POST", async () => {
  const { headers, body } = await buildRequest(spec(), timestamp);
  expect(new Webhook(secret).verify(body ?? "", Object.fromEntries(headers))).toEqual({ n: 1 });
});

test.each([
  ["https://example.com/hook?own=it's&x=%7e", '{"a":"it\'s (é) + 100%*","b":[1.0,"x y"]}'],
  ["https://example.com/hook", "[1, 2]"],
  ["https://example.com/hook", "{}"],
])("a receiver of a GET to %s verifies the query as it arrived", async (url, payload) => {
  const { url: sentUrl, headers } = await buildRequest(spec({ method: "GET", url, payload }), timestamp);
  const arrived = new Request(sentUrl).url.split("?")[1] ?? "";
  const verify = () => new Webhook(secret).verify(arrived, Object.fromEntries(headers), { jsonParse: false });
  expect(verify).not.toThrow();
});

test("headers of the signature that slipped into the destination's are not sent", async () => {
  const headers = { "Webhook-Id": "forged", "WEBHOOK-SIGNATURE": ["v1,forged"] };
  const request = await buildRequest(spec({ headers }), timestamp);
  expect(valuesOf(request.headers, "webhook-id")).toEqual(["dlv_1"]);
  expect(valuesOf(request.headers, "webhook-signature")).toHaveLength(1);
  expect(JSON.stringify(request)).not.toContain("forged");
});

test("cookies in a list go out as one line, as HTTP wants them", async () => {
  const request = await buildRequest(spec({ headers: { COOKIE: ["a=1", "b=2"], Accept: ["a/b", "c/d"] } }), timestamp);
  expect(valuesOf(request.headers, "cookie")).toEqual(["a=1; b=2"]);
  expect(valuesOf(request.headers, "accept")).toEqual(["a/b", "c/d"]);
});

test("what templates make stands behind the URL's own path and query, and before all other headers", async () => {
  const filled = { path: "/orders/A%2F1", query: "n=1", headers: [["X-Id", "made"]] as [string, string][] };
  const url = "https://example.com/v1/?key=secret";
  const made = spec({ url, filled, headers: { "x-id": "own" }, forwarded: { "x-id": "kept" } });
  const request = await buildRequest(made, timestamp);
  expect(request.url).toBe("https://example.com/v1/orders/A%2F1?key=secret&n=1");
  expect(valuesOf(request.headers, "x-id")).toEqual(["made"]);
  const masked = maskRequest(made, request);
  expect(masked.url).toBe("https://example.com/v1/orders/A%2F1?key=***&n=1");
  expect(masked.headers).toContainEqual(["X-Id", "made"]);
  const get = await buildRequest(spec({ url, filled, method: "GET", payload: '{"a":2}' }), timestamp);
  expect(get.url).toBe("https://example.com/v1/orders/A%2F1?key=secret&n=1&a=2");
});
