import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { watchedDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { GITHUB_PAYLOADS, githubPayload } from "../support/github";
import { type Arrived, lastAt, openReceiver } from "../support/receivers";
import {
  addDestination,
  type CreatedDestination,
  type EventWithDeliveries,
  ingest,
  newAccount,
  type Page,
  type Received,
  readDelivery,
  send,
  settled,
} from "../support/tenants";

const BODY = githubPayload("pull_request");
/** No second attempt while a test runs, however long that takes. */
const LATER = { retry_schedule: [86_400] };
const BODY_METHODS = ["POST", "PUT", "PATCH", "DELETE"];

/** An account with one destination, and a receiver behind it. */
async function tenant(input: Record<string, unknown> = {}, answer?: () => Response | Promise<Response>) {
  const account = await newAccount();
  const receiver = openReceiver(answer);
  const destination = await addDestination(account, receiver.url, input);
  return { account, receiver, destination };
}

function verify(secret: string, { headers }: Arrived, signed: string): void {
  new Webhook(secret).verify(signed, Object.fromEntries(headers), { jsonParse: false });
}

describe("what arrives", () => {
  it.each<[string, string]>([
    ["a number that no double holds", '{"id":12345678901234567890,"pi":3.14159265358979323846264338327950288}'],
    ["numbers as they were written", "[1.0,1e2,-0,1E+400]"],
    ["members in their order", '{"b":1,"2":2,"a":3,"1":4}'],
    ["a member that comes twice", '{"a":1,"a":2}'],
    ["a member called __proto__", '{"__proto__":{"x":1},"constructor":null}'],
    ["escapes", '"\\u0000 \\ud800 \\/ \\u00e9 \\n"'],
    ["characters beyond ASCII", '{"名前":"Zoë","emoji":"👩‍👩‍👧","bom":"\ufeff"}'],
    ["U+2028, U+FFFD and noncharacters", '"\u2028\u2029\ufffd\uffff"'],
    ["white space", ' \r\n\t{ "a" :\t1 }\n\n'],
    ["a scalar", "null"],
  ])("is %s, byte for byte", async (_what, body) => {
    const account = await newAccount();
    const receivers = BODY_METHODS.map(() => openReceiver());
    for (const [i, method] of BODY_METHODS.entries()) {
      await addDestination(account, receivers[i]!.url, { http_method: method });
    }
    const event = await settled((await send(account, body)).event_id);
    expect(event.payload).toBe(body);
    expect(event.size_bytes).toBe(new TextEncoder().encode(body).length);
    expect(receivers.map((receiver) => lastAt(receiver).method)).toEqual(BODY_METHODS);
    for (const receiver of receivers) expect(lastAt(receiver).bytes).toEqual(new TextEncoder().encode(body));
  });

  it("is every example that GitHub publishes", async () => {
    const { account, receiver } = await tenant();
    for (const [, body] of GITHUB_PAYLOADS) await settled((await send(account, body)).event_id);
    expect(receiver.arrived.map(({ text }) => text)).toEqual(GITHUB_PAYLOADS.map(([, body]) => body));
  });

  it("is a body of exactly the limit", async () => {
    const { account, receiver } = await tenant();
    const body = JSON.stringify(`${"é".repeat(499_998)}xx`);
    const event = await settled((await send(account, body)).event_id);
    expect(event.size_bytes).toBe(1_000_000);
    expect(lastAt(receiver).text === body).toBe(true);
  });

  it("is the JSON in the query of a GET, behind the URL's own", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, `${receiver.url}?key=a%20b#top`, { http_method: "get" });
    const body = '{"id":12345678901234567890,"n":1.0,"t":"a&b=ç","ok":true,"no":null,"list":[1,"x"],"deep":{"a":[1]}}';
    await settled((await send(account, body)).event_id);
    const { method, url, text } = lastAt(receiver);
    expect([method, text]).toEqual(["GET", ""]);
    expect([...url.searchParams]).toEqual([
      ["key", "a b"],
      ["id", "12345678901234567890"],
      ["n", "1.0"],
      ["t", "a&b=ç"],
      ["ok", "true"],
      ["no", ""],
      ["list", "1"],
      ["list", "x"],
      ["deep", '{"a":[1]}'],
    ]);
  });

  it("is not a GET whose URL would be longer than 16 KB", async () => {
    const { account, receiver } = await tenant({ http_method: "GET" });
    const event = await settled((await send(account, JSON.stringify({ a: "x".repeat(17_000) }))).event_id);
    expect(event.deliveries).toMatchObject([{ state: "discarded", reason: "unsendable" }]);
    expect(receiver.arrived).toEqual([]);
  });

  it("has the destination's headers, each value of a list, over our defaults", async () => {
    const headers = {
      "X-Source": "data-pusher",
      "X-Many": ["one", "two, three"],
      "CONTENT-TYPE": "application/vnd.api+json",
      "User-Agent": "mine/1",
      Authorization: "Bearer abc",
    };
    const { account, receiver } = await tenant({ headers });
    await settled((await send(account, BODY)).event_id);
    expect(Object.fromEntries(lastAt(receiver).headers)).toMatchObject({
      "x-source": "data-pusher",
      "x-many": "one, two, three",
      "content-type": "application/vnd.api+json",
      "user-agent": "mine/1",
      authorization: "Bearer abc",
      accept: "*/*",
    });
  });

  it("has our defaults and nothing of the sender's", async () => {
    const { account, receiver } = await tenant();
    const sent = { "x-of-the-sender": "1", cookie: "a=b", "idempotency-key": "k", authorization: "Bearer x" };
    await settled((await send(account, BODY, { headers: sent })).event_id);
    const names = [...lastAt(receiver).headers.keys()].sort();
    expect(names).toEqual([
      "accept",
      "content-type",
      "data-pusher-hops",
      "user-agent",
      "webhook-id",
      "webhook-signature",
      "webhook-timestamp",
    ]);
    expect(lastAt(receiver).headers.get("user-agent")).toMatch(/^DataPusher\/\d/);
  });
});

describe("a receiver", () => {
  it.each(BODY_METHODS)("verifies a %s with the secret that was shown once", async (http_method) => {
    const { account, receiver, destination } = await tenant({ http_method });
    const event = await settled((await send(account, BODY)).event_id);
    verify(destination.signing_secret, lastAt(receiver), lastAt(receiver).text);
    expect(() => verify(destination.signing_secret, lastAt(receiver), `${BODY} `)).toThrow("No matching signature");
    expect(lastAt(receiver).headers.get("webhook-id")).toBe(event.deliveries[0]?.delivery_id);
  });

  it("verifies a GET over the query as it came", async () => {
    const { account, receiver, destination } = await tenant({ http_method: "GET" });
    await settled((await send(account, '{"a":"it\'s (ok)!*","b":["ü",{}]}')).event_id);
    verify(destination.signing_secret, lastAt(receiver), lastAt(receiver).url.search.slice(1));
  });

  it("verifies with the old and the new secret while they overlap, with another never", async () => {
    const { account, receiver, destination } = await tenant();
    const rotated = await rotateSecret(destination, { overlap_seconds: 60 });
    await settled((await send(account, BODY)).event_id);
    verify(destination.signing_secret, lastAt(receiver), BODY);
    verify(rotated, lastAt(receiver), BODY);
    const stranger = await tenant();
    expect(() => verify(stranger.destination.signing_secret, lastAt(receiver), BODY)).toThrow();
  });

  it("verifies only with the new secret when there is no overlap", async () => {
    const { account, receiver, destination } = await tenant();
    const rotated = await rotateSecret(destination, { overlap_seconds: 0 });
    await settled((await send(account, BODY)).event_id);
    verify(rotated, lastAt(receiver), BODY);
    expect(() => verify(destination.signing_secret, lastAt(receiver), BODY)).toThrow("No matching signature");
  });

  it("verifies for as long as the first rotation promised, though the next one promises less", async () => {
    const { account, receiver, destination } = await tenant();
    const first = await rotateSecret(destination, { overlap_seconds: 3_600 });
    const second = await rotateSecret(destination, { overlap_seconds: 0 });
    await settled((await send(account, BODY)).event_id);
    verify(destination.signing_secret, lastAt(receiver), BODY);
    verify(second, lastAt(receiver), BODY);
    expect(() => verify(first, lastAt(receiver), BODY)).toThrow("No matching signature");
  });

  it("is told when the next secret can be had if five sign already, and all five still do", async () => {
    const { account, receiver, destination } = await tenant();
    const secrets = [destination.signing_secret];
    for (let hours = 4; hours >= 1; hours--) {
      secrets.push(await rotateSecret(destination, { overlap_seconds: hours * 3_600 }));
    }
    const before = Date.now();
    const path = `/destinations/${destination.destination_id}/secrets`;
    const { status, json } = await call("POST", path, { overlap_seconds: 60 });
    expect([status, json.code]).toEqual([409, "too_many_secrets"]);
    const endsAt = Date.parse(/[\dT:.-]+Z/.exec(json.message)![0]);
    expect(before - endsAt).toBeGreaterThan(-3_600_001);
    expect(before - endsAt).toBeLessThan(-3_000_000);
    await settled((await send(account, BODY)).event_id);
    for (const secret of secrets) verify(secret, lastAt(receiver), BODY);
    const replaced = secrets.pop()!;
    secrets.push(await rotateSecret(destination, { overlap_seconds: 0 }));
    await settled((await send(account, BODY)).event_id);
    for (const secret of secrets) verify(secret, lastAt(receiver), BODY);
    expect(() => verify(replaced, lastAt(receiver), BODY)).toThrow("No matching signature");
  });
});

describe("who gets it", () => {
  it("is every destination of the account, and nobody else's", async () => {
    const account = await newAccount();
    const own = [openReceiver(), openReceiver(), openReceiver()];
    for (const receiver of own) await addDestination(account, receiver.url);
    const foreign = await tenant();
    const answer = await send(account, BODY);
    expect(answer.deliveries).toBe(3);
    expect((await settled(answer.event_id)).delivery_counts).toMatchObject({ delivered: 3, pending: 0 });
    expect(own.map(({ arrived }) => arrived.length)).toEqual([1, 1, 1]);
    expect(foreign.receiver.arrived).toEqual([]);
  });

  it("is not a disabled destination, which keeps a record of it", async () => {
    const { account, receiver } = await tenant({ enabled: false });
    const answer = await send(account, BODY);
    expect(answer.deliveries).toBe(1);
    const event = await settled(answer.event_id);
    expect(event.deliveries).toMatchObject([{ state: "discarded", reason: "destination_disabled", attempt_count: 0 }]);
    expect(receiver.arrived).toEqual([]);
  });

  it("is not a destination that was removed a moment before", async () => {
    const { account, receiver, destination } = await tenant();
    expect((await call("DELETE", `/destinations/${destination.destination_id}`)).status).toBe(204);
    const answer = await send(account, BODY);
    expect(answer.deliveries).toBe(0);
    await settled(answer.event_id);
    expect(receiver.arrived).toEqual([]);
  });

  it("is nobody when the account was removed a moment before", async () => {
    const { account, receiver } = await tenant();
    await call("DELETE", `/accounts/${account.account_id}`);
    expect((await ingest(account.app_secret_token, BODY)).json.code).toBe("token_invalid");
    expect(receiver.arrived).toEqual([]);
  });

  it("is not where a redirect leads", async () => {
    const elsewhere = openReceiver();
    const answer = () => new Response(null, { status: 302, headers: { location: elsewhere.url } });
    const { account } = await tenant({}, answer);
    const event = await settled((await send(account, BODY)).event_id);
    const delivery = await readDelivery(event.deliveries[0]!.delivery_id);
    expect(delivery.attempts).toMatchObject([{ outcome: "http_error", status_code: 302 }]);
    expect(elsewhere.arrived).toEqual([]);
  });
});

describe("a failing destination", () => {
  const failures: [string, () => Response, Record<string, unknown>][] = [
    ["answers 500", () => new Response("broken", { status: 500 }), { outcome: "http_error", status_code: 500 }],
    ["answers 404", () => new Response("who?", { status: 404 }), { outcome: "http_error", status_code: 404 }],
    ["resets", resets, { outcome: "connection", status_code: null, response_body: null }],
  ];

  it.each(failures)(
    "that %s is recorded, and changes neither the answer nor the others",
    async (_how, fails, expected) => {
      const account = await newAccount();
      const [before, broken, after] = [openReceiver(), openReceiver(fails), openReceiver()];
      for (const receiver of [before, broken, after]) await addDestination(account, receiver.url, LATER);
      const answer = await send(account, BODY);
      expect(answer).toMatchObject({ success: true, message: "Data Received", deliveries: 3 });
      const event = await settled(answer.event_id);
      expect(event.delivery_counts).toEqual({ pending: 1, delivered: 2, filtered: 0, exhausted: 0, discarded: 0 });
      const failed = event.deliveries.find(({ state }) => state === "pending")!;
      const { attempts, next_attempt_at, last_status_code } = await readDelivery(failed.delivery_id);
      expect(attempts).toMatchObject([{ number: 1, ...expected }]);
      expect(last_status_code).toBe(expected.status_code);
      expect(Date.parse(next_attempt_at ?? "")).toBeGreaterThan(Date.parse(attempts[0]!.started_at));
      expect([before.arrived.length, after.arrived.length]).toEqual([1, 1]);
    },
  );

  it("that answers at length is kept to 8 KB, its cookies hidden", async () => {
    const answer = () =>
      new Response("é".repeat(50_000), { status: 400, headers: { "set-cookie": "sid=secret", "x-a": "b" } });
    const { account } = await tenant({}, answer);
    const event = await settled((await send(account, BODY)).event_id);
    const [attempt] = (await readDelivery(event.deliveries[0]!.delivery_id)).attempts;
    expect(attempt?.response_body).toBe("é".repeat(4_096));
    expect(attempt?.response_headers).toMatchObject({ "set-cookie": "***", "x-a": "b" });
  });

  it("that answers 410 is disabled and not tried again", async () => {
    const { account, destination } = await tenant({}, () => new Response(null, { status: 410 }));
    const event = await settled((await send(account, BODY)).event_id);
    expect(event.deliveries).toMatchObject([{ state: "discarded", reason: "gone", next_attempt_at: null }]);
    const { json } = await call<CreatedDestination>("GET", `/destinations/${destination.destination_id}`);
    expect(json).toMatchObject({ enabled: false, disabled_reason: "gone" });
  });
});

describe("sixty events at the same time", () => {
  it("are each answered with an id of their own and delivered exactly once", async () => {
    const { account, receiver } = await tenant();
    const bodies = Array.from({ length: 60 }, (_, i) => JSON.stringify({ i, payload: BODY }));
    const answers = await Promise.all(bodies.map((body) => send(account, body)));
    expect(new Set(answers.map(({ event_id }) => event_id)).size).toBe(60);
    for (const { event_id } of answers) await settled(event_id);
    expect(receiver.arrived.map(({ text }) => text).sort()).toEqual(bodies.sort());
    const { json } = await call<Page<EventWithDeliveries>>("GET", `/events?account_id=${account.account_id}&limit=100`);
    expect(json.data.map(({ delivery_counts }) => delivery_counts.delivered)).toEqual(Array(60).fill(1));
  });

  it("share transactions, and one that the database refuses fails none of its neighbours", async () => {
    const { account, receiver } = await tenant();
    let roundTrips = 0;
    const database = watchedDatabase(({ parameters }) => {
      roundTrips++;
      if (parameters.includes('"poison"')) throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
    });
    const { door, idle } = openGateway({ DB: database, QUEUE: undefined });
    const bodies = Array.from({ length: 60 }, (_, i) => (i === 30 ? '"poison"' : String(i)));
    const answers = await Promise.all(bodies.map((body) => ingest<Received>(account.app_secret_token, body, { door })));
    expect(answers.flatMap(({ status }, i) => (status === 200 ? [] : [i]))).toEqual([30]);
    await idle();
    const arrived = receiver.arrived.map(({ text }) => Number(text)).sort((a, b) => a - b);
    expect(arrived).toEqual(bodies.map(Number).filter((i) => !Number.isNaN(i)));
    // Each by itself would take two.
    expect(roundTrips).toBeLessThan(2 * 60);
  });
});

function resets(): Response {
  throw new Error("Network connection lost.");
}

async function rotateSecret(destination: CreatedDestination, body: unknown): Promise<string> {
  const path = `/destinations/${destination.destination_id}/secrets`;
  const { status, json, text } = await call<{ signing_secret: string }>("POST", path, body);
  expect(status, text).toBe(201);
  return json.signing_secret;
}
