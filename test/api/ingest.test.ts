import { describe, expect, it } from "vitest";
import { mintAccountToken } from "../../src/security/account-token";
import { call, type Problem, request } from "../support/gateway";
import { GITHUB_PAYLOADS, githubPayload } from "../support/github";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type Event,
  ingest,
  newAccount,
  type Page,
  type Received,
  send,
  settled,
  unique,
} from "../support/tenants";

const PATHS = [
  "/server/incoming_data",
  "/server/incoming_data/",
  "/api/server/incoming_data",
  "/api/server/incoming_data/",
];
const LIMIT = 1_000_000;
const JSON_BODY = githubPayload("ping");
const TOO_LARGE = jsonOf(LIMIT + 1);

type Row = {
  situation: string;
  method?: string;
  type?: string | null;
  /** The token to send; null sends none. */
  token?: (own: string) => Promise<string | null>;
  body?: BodyInit;
  key?: string;
  status: number;
  message: string;
  code: string;
};

const none = async () => null;
const foreign = () => mintAccountToken([crypto.getRandomValues(new Uint8Array(32))], "acme");
const invalid = { status: 400, message: "Invalid Data" };

// In the order of the contract. Each has the faults of later rows too, so that a later check that came first would show.
const REFUSALS: Row[] = [
  { situation: "GET", method: "GET", type: null, token: none, ...invalid, code: "method_not_post" },
  { situation: "GET that is fine otherwise", method: "GET", ...invalid, code: "method_not_post" },
  ...["PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => ({
    situation: `${method} with nothing right`,
    method,
    type: "text/plain",
    token: none,
    body: TOO_LARGE,
    status: 405,
    message: "Invalid Data",
    code: "method_not_post",
  })),
  { situation: "DELETE without a body", method: "DELETE", ...invalid, status: 405, code: "method_not_post" },
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", null].map((type) => ({
    situation: `content type ${type} and nothing else right`,
    type,
    token: none,
    body: TOO_LARGE,
    ...invalid,
    code: "not_json",
  })),
  ...["application/jsonx", "text/json", "application/json+xml", "xapplication/json", "application/", ""].map(
    (type) => ({
      situation: `content type ${JSON.stringify(type)}, which only looks like JSON's`,
      type,
      ...invalid,
      code: "not_json",
    }),
  ),
  {
    situation: "no token",
    token: none,
    body: TOO_LARGE,
    status: 401,
    message: "Un Authenticate",
    code: "token_missing",
  },
  {
    situation: "no token, no JSON",
    token: none,
    body: "{",
    status: 401,
    message: "Un Authenticate",
    code: "token_missing",
  },
  ...Object.entries({
    "of another gateway": foreign,
    "that was changed in one place": async (own: string) => own.replace(/^dp_./, "dp_~"),
    "with another random part": async (own: string) => `${own.slice(0, -31)}0000${own.slice(-27)}`,
    "of another shard": async (own: string) => own.replace(/_00(?=[^_]+_[^_]+$)/, "_01"),
    "that is the account's id": async (own: string) => own.split("_").slice(1, -2).join("_"),
    "that is endless": async (own: string) => own.repeat(50),
    "with SQL in it": async () => "' OR 1=1 --",
    "that was revoked": revoked,
  }).flatMap(([what, token]) =>
    [TOO_LARGE, "{", JSON_BODY].map((body) => ({
      situation: `token ${what}, ${body === JSON_BODY ? "all else right" : "and a bad body"}`,
      token,
      body,
      status: 401,
      message: "Un Authenticate",
      code: "token_invalid",
    })),
  ),
  { situation: "one byte too many", body: TOO_LARGE, ...invalid, status: 413, code: "body_too_large" },
  {
    situation: "far too much that is no JSON",
    body: "x".repeat(2 * LIMIT),
    ...invalid,
    status: 413,
    code: "body_too_large",
  },
  ...Object.entries<BodyInit>({
    "an empty body": "",
    "white space": " \r\n\t ",
    "a cut object": '{"a":',
    "single quotes": "{'a':1}",
    "a trailing comma": "[1,]",
    "a comment": "{} // all",
    "two values": "{}{}",
    NaN: "NaN",
    "a leading zero": "01",
    "a raw line break in a text": '"a\nb"',
    "a raw NUL": '"\0"',
    "a byte order mark": "\ufeff{}",
    "a form": "a=1&b=2",
    "a cut UTF-8 sequence": bytes(0x22, 0xe2, 0x82, 0x22),
    "the byte 0xff": bytes(0x22, 0xff, 0x22),
    "a surrogate in UTF-8": bytes(0x22, 0xed, 0xa0, 0x80, 0x22),
    "an overlong slash": bytes(0x22, 0xc0, 0xaf, 0x22),
    "Latin-1": bytes(0x22, 0xe9, 0x22),
    "UTF-16": bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00),
  }).map(([what, body]) => ({ situation: `${what} as body`, body, key: "not ok", ...invalid, code: "not_json" })),
  ...["two words", "é", "x".repeat(256)].map((key) => ({
    situation: `idempotency key ${key.slice(0, 9)}`,
    key,
    ...invalid,
    code: "idempotency_key_invalid",
  })),
];

describe("the ingest refuses", () => {
  it.each(REFUSALS)("$situation: $status $code", async (row) => {
    const { app_secret_token, account_id } = await newAccount();
    const token = row.token ? await row.token(app_secret_token) : app_secret_token;
    const method = row.method ?? "POST";
    for (const path of PATHS) {
      for (const tokenHeader of ["CL-X-TOKEN", "CL-XTOKEN"]) {
        const headers: Record<string, string> = {};
        if (row.type !== null) headers["content-type"] = row.type ?? "application/json";
        if (token !== null) headers[tokenHeader] = token;
        if (row.key !== undefined) headers["idempotency-key"] = row.key;
        const body = method === "GET" ? undefined : new Response(row.body ?? JSON_BODY).body;
        const answer = await request<Problem>(method, path, headers, body);
        expect(answer.json).toMatchObject({ success: false, message: row.message, code: row.code });
        expect(answer.status).toBe(row.status);
        expect(answer.json.request_id).toBe(answer.headers.get("x-request-id"));
        expect(answer.json.errors.map((error) => Object.keys(error))).toEqual([["path", "message"]]);
        if (row.status === 405) expect(answer.headers.get("allow")).toBe("POST");
      }
    }
    const stored = await call<Page<Event>>("GET", `/events?account_id=${account_id}`);
    expect(stored.json.data).toEqual([]);
  });

  it("HEAD: 405 without a body", async () => {
    const { app_secret_token } = await newAccount();
    const answer = await request("HEAD", PATHS[0]!, { "cl-x-token": app_secret_token });
    expect([answer.status, answer.headers.get("allow"), answer.text]).toEqual([405, "POST", ""]);
  });

  it("a body that says by its length that it is too large, before it was read", async () => {
    const { app_secret_token } = await newAccount();
    const { status, json } = await ingest(app_secret_token, TOO_LARGE);
    expect([status, json.code]).toEqual([413, "body_too_large"]);
  });

  it("the token of an account that was removed a moment before", async () => {
    const account = await newAccount();
    await send(account, JSON_BODY);
    await call("DELETE", `/accounts/${account.account_id}`);
    const { status, json } = await ingest(account.app_secret_token, JSON_BODY);
    expect([status, json.code]).toEqual([401, "token_invalid"]);
  });

  it("a removed account's token even when its id was given out again", async () => {
    const account = await newAccount({ account_id: unique("again") });
    await call("DELETE", `/accounts/${account.account_id}`);
    await newAccount({ account_id: account.account_id });
    const { status, json } = await ingest(account.app_secret_token, JSON_BODY);
    expect([status, json.code]).toEqual([401, "token_invalid"]);
  });
});

describe("the ingest accepts", () => {
  for (const path of PATHS) {
    it.each([["CL-X-TOKEN"], ["CL-XTOKEN"], ["cl-x-token"]])(`at ${path} with the token in %s`, async (header) => {
      const account = await newAccount();
      const headers = { "content-type": "application/json", [header]: account.app_secret_token };
      const { status, json } = await request<Received>("POST", path, headers, JSON_BODY);
      expect(status).toBe(200);
      expect(json).toEqual({
        success: true,
        message: "Data Received",
        event_id: expect.stringMatching(/^evt_[0-9A-Z]{28}$/),
        deliveries: 0,
      });
    });
  }

  it.each([
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    "application/vnd.api+json",
    "application/cloudevents+json; charset=utf-8",
  ])("content type %s", async (type) => {
    await send(await newAccount(), JSON_BODY, { headers: { "content-type": type } });
  });

  it.each([
    "null",
    "true",
    '"x"',
    "1.0",
    "-0",
    "[]",
    "{}",
    "[1,2,3]",
    ' {"a": 1}\n',
    `${"[".repeat(9_000)}${"]".repeat(9_000)}`,
  ])("the JSON value %.20s", async (body) => {
    const account = await newAccount();
    const { event_id } = await send(account, body);
    expect(await settled(event_id)).toMatchObject({ payload: body, size_bytes: body.length });
  });

  it("every example that GitHub publishes", async () => {
    const account = await newAccount();
    for (const [name, body] of GITHUB_PAYLOADS) {
      const { event_id } = await send(account, body);
      expect((await settled(event_id)).payload === body, name).toBe(true);
    }
    expect(GITHUB_PAYLOADS.length).toBeGreaterThan(50);
  });

  it.each([
    ["with its length", (text: string) => text],
    ["in chunks without one", (text: string) => new Blob([text]).stream()],
  ])("a body of exactly the limit, %s", async (_how, bodyOf) => {
    const account = await newAccount();
    const { event_id } = await send(account, bodyOf(jsonOf(LIMIT)));
    const event = await settled(event_id);
    expect(event.size_bytes).toBe(LIMIT);
    expect(event.payload === jsonOf(LIMIT)).toBe(true);
  });

  it("an event without a destination, and lists it", async () => {
    const account = await newAccount();
    const { event_id, deliveries } = await send(account, JSON_BODY);
    expect(deliveries).toBe(0);
    const { json } = await call<Page<Event>>("GET", `/events?account_id=${account.account_id}`);
    expect(json.data.map((event) => event.event_id)).toEqual([event_id]);
  });

  it("CL-X-TOKEN before CL-XTOKEN when both come", async () => {
    const [first, second] = [await newAccount(), await newAccount()];
    const { event_id } = await send(first, JSON_BODY, { headers: { "cl-xtoken": second.app_secret_token } });
    expect((await settled(event_id)).account_id).toBe(first.account_id);
  });

  it("the old token beside the new one while they overlap", async () => {
    const account = await newAccount();
    const token = await rotate(account, { overlap_seconds: 3_600 });
    await send(account, JSON_BODY);
    await send({ ...account, app_secret_token: token }, JSON_BODY);
  });

  it("only the new token when there is no overlap", async () => {
    const account = await newAccount();
    const token = await rotate(account, { overlap_seconds: 0 });
    expect((await ingest(account.app_secret_token, JSON_BODY)).status).toBe(401);
    await send({ ...account, app_secret_token: token }, JSON_BODY);
  });
});

describe("an idempotency key", () => {
  it.each(["CL-X-EVENT-ID", "Idempotency-Key"])(
    "in %s gets the first answer again, and nothing is sent twice",
    async (header) => {
      const account = await newAccount();
      const receiver = openReceiver();
      await addDestination(account, receiver.url);
      const headers = { [header]: "!".repeat(255) };
      const first = await send(account, JSON_BODY, { headers });
      await addDestination(account, receiver.url);
      const again = await send(account, JSON_BODY, { headers });
      expect(again).toEqual({ ...first, duplicate: true });
      expect(first.duplicate).toBeUndefined();
      const event = await settled(first.event_id);
      expect(event.idempotency_key).toBe("!".repeat(255));
      await settled((await send(account, JSON_BODY)).event_id);
      expect(receiver.arrived).toHaveLength(1 + 2);
    },
  );

  it("with another body is a conflict, even if only white space differs", async () => {
    const account = await newAccount();
    const headers = { "idempotency-key": "order-17" };
    await send(account, '{"a":1}', { headers });
    for (const body of ['{"a":2}', '{"a": 1}']) {
      const { status, json } = await ingest(account.app_secret_token, body, { headers });
      expect([status, json.message, json.code]).toEqual([409, "Invalid Data", "idempotency_conflict"]);
    }
  });

  it("is CL-X-EVENT-ID's when both come", async () => {
    const account = await newAccount();
    const first = await send(account, JSON_BODY, { headers: { "cl-x-event-id": "a", "idempotency-key": "b" } });
    expect((await settled(first.event_id)).idempotency_key).toBe("a");
    const other = await send(account, JSON_BODY, { headers: { "idempotency-key": "b" } });
    expect(other.duplicate).toBeUndefined();
  });

  it("means nothing to another account", async () => {
    const headers = { "idempotency-key": "order-17" };
    const first = await send(await newAccount(), JSON_BODY, { headers });
    const second = await send(await newAccount(), "{}", { headers });
    expect(second.event_id).not.toBe(first.event_id);
  });

  it("holds when twenty come at the same time", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const headers = { "idempotency-key": "order-17" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(account, JSON_BODY, { headers })));
    expect(new Set(answers.map(({ event_id }) => event_id)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    await settled(answers[0]!.event_id);
    expect(receiver.arrived).toHaveLength(1);
  });
});

async function revoked(): Promise<string> {
  const account = await newAccount();
  await rotate(account, { overlap_seconds: 0 });
  return account.app_secret_token;
}

async function rotate(account: Account, body: unknown): Promise<string> {
  const { json } = await call<{ app_secret_token: string }>("POST", `/accounts/${account.account_id}/tokens`, body);
  return json.app_secret_token;
}

function jsonOf(sizeBytes: number): string {
  return JSON.stringify("x".repeat(sizeBytes - 2));
}

function bytes(...values: number[]): BodyInit {
  return new Uint8Array(values);
}
