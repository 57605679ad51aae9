/** Who asks too often is told when to come again, and nobody else notices. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_LIMITS } from "../../src/limits/limits";
import type { Door } from "../support/client";
import { watchedDatabase } from "../support/database";
import { call, openGateway, request } from "../support/gateway";
import { operator } from "../support/pages";
import { INGEST, ingest, newAccount, send, unique } from "../support/tenants";
import { operationsOfApi } from "./operations";

let door: Door;
beforeEach(() => {
  ({ door } = openGateway({ LIMITS: "bad_token=3/min, bad_key=3/min, sign_in=3/min, account=4/2s, keys=2/min" }));
});

const from = (address: string) => ({ "cf-connecting-ip": address });
const key48 = () =>
  `dpk_${[...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** The database, and how often it was asked. */
function counted() {
  const watched = { calls: 0, database: watchedDatabase(() => void watched.calls++) };
  return watched;
}

async function statuses(times: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < times; n++) seen.push((await ask()).status);
  return seen;
}

describe("an account", () => {
  it("is refused beyond its rate, with when to come again, and another is not", async () => {
    const account = await newAccount();
    const other = await newAccount();
    expect(await statuses(5, () => ingest(account.app_secret_token, "{}", { door }))).toEqual([
      200, 200, 200, 200, 429,
    ]);
    const { status, json, headers } = await ingest(account.app_secret_token, "{}", { door });
    expect([status, json.code, json.message]).toEqual([429, "rate_limited", "Too Many Requests"]);
    expect(headers.get("retry-after")).toBe("1");
    expect(headers.get("ratelimit-policy")).toBe('"account";q=4;w=2');
    expect(headers.get("ratelimit")).toBe('"account";r=0;t=1');
    expect((await ingest(other.app_secret_token, "{}", { door })).status).toBe(200);
  });

  it("may have a rate of its own, which is used from its next event on", async () => {
    const account = await newAccount({ rate_limit: 10 });
    expect(account.rate_limit).toBe(10);
    const seen = await statuses(30, () => ingest(account.app_secret_token, "{}", { door }));
    expect(seen.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
    expect(seen).toContain(429);
    expect(
      (await call<{ rate_limit: null }>("PATCH", `/accounts/${account.account_id}`, { rate_limit: null })).json
        .rate_limit,
    ).toBeNull();
  });

  it("has its own rate also where events go to the queue first", async () => {
    const account = await newAccount({ rate_limit: 30 });
    const { door: queued } = openGateway({ LIMITS: "account=4/2s", ACCEPT: "queue" });
    const seen = await statuses(20, () => ingest(account.app_secret_token, "{}", { door: queued }));
    expect(seen).toEqual(Array(20).fill(202));
  });

  it("costs no round trip more for it", async () => {
    const account = await newAccount();
    const watched = counted();
    const limited = openGateway({ DB: watched.database });
    await send(account, "{}", { door: limited.door });
    expect(watched.calls).toBe(1);
  });
});

describe("made-up credentials", () => {
  it.each([
    ["a token", (at: string) => ingest("dp_acme_0_0", "{}", { door, headers: from(at) })],
    [
      "an operator's key",
      (at: string) => request("GET", "/accounts", { authorization: "Bearer no-key", ...from(at) }, undefined, door),
    ],
    [
      "one that looks like an old key",
      (at: string) => request("GET", "/accounts", { authorization: `Bearer ${key48()}`, ...from(at) }, undefined, door),
    ],
  ])("%s: an address is told to stop, another is answered", async (_what, ask) => {
    expect(await statuses(5, () => ask("192.0.2.1"))).toEqual([401, 401, 401, 429, 429]);
    expect((await ask("192.0.2.2")).status).toBe(401);
  });

  it("keep nobody out who has a valid one", async () => {
    const account = await newAccount();
    const headers = from("192.0.2.3");
    await statuses(6, () => ingest("dp_acme_0_0", "{}", { door, headers }));
    await statuses(6, () =>
      request("GET", "/accounts", { authorization: "Bearer no-key", ...headers }, undefined, door),
    );
    expect((await ingest(account.app_secret_token, "{}", { door, headers })).status).toBe(200);
    expect((await call("GET", "/accounts", undefined, { door, headers })).status).toBe(200);
  });

  it("cost the database nothing", async () => {
    const watched = counted();
    const { door: limited } = openGateway({ DB: watched.database });
    const forged = `dpk_${"a".repeat(26)}_${"b".repeat(26)}`;
    for (const key of ["no-key", forged]) {
      expect((await request("GET", "/accounts", { authorization: `Bearer ${key}` }, undefined, limited)).status).toBe(
        401,
      );
    }
    expect((await ingest("dp_acme_0_0", "{}", { door: limited })).status).toBe(401);
    expect(watched.calls).toBe(0);
  });

  it("at the sign-in are refused with when to come again, and the right key still opens", async () => {
    const browser = await operator(env.ADMIN_TOKEN, door);
    const refused = await statuses(5, () => browser.send("/dashboard/sign-in", { key: "no-key" }));
    expect(refused).toEqual([401, 401, 401, 429, 429]);
    const { status, headers } = await browser.send("/dashboard/sign-in", { key: "no-key" });
    expect([status, headers.get("retry-after")]).toEqual([429, "20"]);
    expect((await browser.send("/dashboard/sign-in", { key: env.ADMIN_TOKEN })).status).toBe(303);
  });
});

it("a token that was revoked asks the database so often and no more", async () => {
  const account = await newAccount();
  await call("POST", `/accounts/${account.account_id}/tokens`, { overlap_seconds: 0 });
  const watched = counted();
  const limited = openGateway({ DB: watched.database, LIMITS: "bad_token=3/min" });
  // of many addresses
  let n = 0;
  const seen = await statuses(8, () =>
    ingest(account.app_secret_token, "{}", { door: limited.door, headers: from(`198.51.100.${n++}`) }),
  );
  expect(seen).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  expect(watched.calls).toBe(3);
});

describe("what operators make", () => {
  it("is limited where a caller can grow something: every POST and DELETE of the API, or it is named here", async () => {
    const all = Object.keys(DEFAULT_LIMITS).map((name) => `${name}=1/h`);
    const free = ["PUT", "PATCH", "GET"];
    const operations = (await operationsOfApi()).filter(({ method, guarded }) => guarded && !free.includes(method));
    // an end is put to something that is running, or a switch is turned
    const endings = ["cancelRecovery", "disableDestination", "resumeDestination"];
    const unlimited: string[] = [];
    for (const operation of operations) {
      const { door: once } = openGateway({ LIMITS: all.join(",") });
      const path = operation.path.replace(/\{\w+\}/g, "unknown");
      await call(operation.method, path, {}, { door: once });
      if ((await call(operation.method, path, {}, { door: once })).status !== 429) unlimited.push(operation.id);
    }
    expect(unlimited.sort()).toEqual(endings);
  });

  it("is refused beyond its limit by the pages as well, and nothing is made", async () => {
    const browser = await operator(env.ADMIN_TOKEN, door);
    const make = () =>
      browser.send("/dashboard/keys", { name: unique("key"), role: "viewer", form_token: unique("form") });
    expect(await statuses(3, make)).toEqual([303, 303, 429]);
  });
});

it("an isolate that holds as many bytes as it can says so, and takes nothing", async () => {
  const account = await newAccount();
  ({ door } = openGateway());
  const MB = 1_000_000;
  const gates: (() => void)[] = [];
  /** All of a body but its last byte, which comes when the gate is opened. */
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(`"${"x".repeat(MB - 3)}`));
        await new Promise<void>((open) => gates.push(open));
        controller.enqueue(new TextEncoder().encode('"'));
        controller.close();
      },
    });
  const headers = { "cl-x-token": account.app_secret_token, "content-type": "application/json" };
  const ask = () => door(new Request(`https://gateway.test${INGEST}`, { method: "POST", headers, body: slow() }));
  const held = Array.from({ length: 24 }, ask);
  const refused = await vi.waitUntil(async () => {
    const answer = await ingest(account.app_secret_token, `"${"x".repeat(MB / 2)}"`, { door });
    return answer.status === 503 && answer;
  });
  expect([refused.json.code, refused.headers.get("retry-after")]).toEqual(["unavailable", "1"]);
  for (const open of gates) open();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual(Array(24).fill(200));
  expect((await ingest(account.app_secret_token, `"${"x".repeat(MB / 2)}"`, { door })).status).toBe(200);
});

it("a flood of health checks asks the database once", async () => {
  const watched = counted();
  const { door: health } = openGateway({ DB: watched.database });
  expect(await statuses(20, () => request("GET", "/health", {}, undefined, health))).toEqual(Array(20).fill(200));
  expect(watched.calls).toBe(1);
});
