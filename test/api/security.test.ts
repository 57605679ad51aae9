import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { watchedDatabase } from "../support/database";
import { call, openGateway, request } from "../support/gateway";
import { operator } from "../support/pages";
import { openReceiver } from "../support/receivers";
import {
  addDestination,
  type EventWithDeliveries,
  ingest,
  newAccount,
  send,
  settled,
  unique,
} from "../support/tenants";

type Operation = { method: string; path: string; guarded: boolean };

const OPERATIONS = await operations();
const GUARDED = OPERATIONS.filter(({ guarded }) => guarded);
const KEY = env.ADMIN_TOKEN;

afterEach(() => vi.restoreAllMocks());

describe("the operator's key", () => {
  it("guards everything but the ingest, health, public keys and the document", () => {
    const open = OPERATIONS.filter(({ guarded }) => !guarded).map(({ method, path }) => `${method} ${path}`);
    expect(open).toEqual([
      "POST /server/incoming_data",
      "GET /health",
      "GET /destinations/{destination_id}/public-key",
    ]);
    expect(GUARDED.length).toBeGreaterThan(20);
  });

  const attempts: [string, Record<string, string>][] = [
    ["none", {}],
    ["an empty one", { authorization: "Bearer " }],
    ["a wrong one", { authorization: "Bearer wrong-key-of-the-operator" }],
    ["its beginning", { authorization: `Bearer ${KEY.slice(0, -1)}` }],
    ["it with more behind", { authorization: `Bearer ${KEY}x` }],
    ["two of them", { authorization: `Bearer ${KEY} ${KEY}` }],
    ["it in another scheme", { authorization: `Basic ${btoa(`admin:${KEY}`)}` }],
    ["it without a scheme", { authorization: KEY }],
    ["it in another header", { "x-api-key": KEY, "cl-x-token": KEY }],
    ["it in a cookie", { cookie: `session=${KEY}; token=${KEY}` }],
  ];

  it.each(GUARDED)("$method $path is closed to everyone else", async ({ method, path }) => {
    const { app_secret_token } = await newAccount();
    const account: [string, Record<string, string>] = [
      "an account's token",
      { authorization: `Bearer ${app_secret_token}` },
    ];
    for (const [what, headers] of [...attempts, account]) {
      for (const at of [path, `${path}/`, `/api${path}`]) {
        const answer = await request(method, at, { "content-type": "application/json", ...headers });
        expect([what, answer.status]).toEqual([what, 401]);
        expect(answer.json.code).toMatch(/^operator_key_(missing|invalid)$/);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
        expect(answer.headers.get("x-request-id")).toBe(answer.json.request_id);
      }
    }
  });

  it("is looked at before anything else of the call", async () => {
    for (const { method, path } of GUARDED) {
      const body = method === "GET" ? undefined : "{";
      const answer = await request(method, `${path}?limit=x`, { "content-type": "text/plain" }, body);
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
  });

  it("in the query opens nothing", async () => {
    expect((await request("GET", `/accounts?authorization=Bearer%20${KEY}&access_token=${KEY}`)).status).toBe(401);
  });

  it("opens with its scheme in any case", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect((await request("GET", "/accounts", { authorization: `${scheme} ${KEY}` })).status).toBe(200);
    }
  });

  it.each([undefined, ""])("closes everything when it is set to %j", async (ADMIN_TOKEN) => {
    const { door } = openGateway({ ADMIN_TOKEN });
    for (const { method, path } of GUARDED) {
      for (const authorization of ["Bearer", "Bearer ", "Bearer undefined", "Bearer null", `Bearer ${KEY}`]) {
        const { status } = await request(method, path, { authorization }, undefined, door);
        expect([method, path, authorization, status]).toEqual([method, path, authorization, 401]);
      }
    }
    expect((await request("GET", "/health", {}, undefined, door)).status).toBe(200);
  });

  it.each([
    ["ADMIN_TOKEN", "too-short"],
    ["TOKEN_KEYS", undefined],
    ["TOKEN_KEYS", "bm90IGxvbmc="],
    ["SEALING_KEYS", undefined],
    ["DB", undefined],
    ["ALERT_WEBHOOK_SECRET", `whsec_${"a".repeat(25)}`],
    ["HTTPS_ONLY", "yes"],
    ["ALLOWED_DESTINATIONS", "https://crm.example.com"],
    ["ALLOWED_DESTINATIONS", "crm.example.com, *"],
  ])("and all else is closed while %s is %s, without telling what is wrong to the outside", async (name, value) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { door } = openGateway({ [name]: value });
    const { status, json } = await request("GET", "/accounts", { authorization: `Bearer ${KEY}` }, undefined, door);
    expect([status, json.code]).toEqual([503, "misconfigured"]);
    // the id is random: any two letters come up in one of them
    const { request_id, ...told } = json;
    expect(request_id).toMatch(/^req_/);
    expect(JSON.stringify(told)).not.toContain(name);
  });
});

describe("a secret", () => {
  it("is in no answer after it was first shown, in no log line, and not in the clear in the database", async () => {
    const logged = captureLogs();
    const { secrets, paths, payload } = await useEverySecret();
    for (const { path } of OPERATIONS.filter(({ method }) => method === "GET")) {
      const filled = path.replace(/\{(\w+)\}/g, (_, name) => paths[name] ?? `no-${name}`);
      const query = path.endsWith("/preview") ? `?event_id=${paths.event_id}` : "";
      const { text, status } = await call("GET", filled + query);
      expect([path, status]).toEqual([path, path.includes("{") && filled.includes("no-") ? 404 : 200]);
      for (const secret of secrets) expect(text, `${path} shows ${secret}`).not.toContain(secret);
    }
    const browser = await operator();
    const at = `/dashboard/destinations/${paths.destination_id}`;
    for (const path of [
      at,
      `${at}/edit`,
      `${at}/preview`,
      `/dashboard/deliveries/${paths.delivery_id}`,
      `/dashboard/accounts/${paths.account_id}`,
      `/dashboard/events/${paths.event_id}`,
      "/dashboard/deliveries",
    ]) {
      const { text, status } = await browser.visit(path);
      expect([path, status]).toEqual([path, 200]);
      for (const secret of secrets) expect(text, `${path} shows ${secret}`).not.toContain(secret);
    }
    const tested = await browser.submit(`${at}/test`);
    expect(tested.text).toContain("Delivered");
    for (const secret of secrets) expect(tested.text).not.toContain(secret);
    const stored = await everythingStored();
    expect(stored).toContain(paths.account_id);
    for (const secret of secrets) expect(stored, "the database").not.toContain(secret);
    const lines = logged();
    expect(lines).toContain("event.accepted");
    expect(lines).toContain("destination.tested");
    expect(lines).toContain(paths.delivery_id);
    for (const secret of [...secrets, payload, KEY, env.TOKEN_KEYS, env.SEALING_KEYS])
      expect(lines).not.toContain(secret);
  });

  it("is in no answer of a change either", async () => {
    const { secrets, paths } = await useEverySecret();
    const path = `/destinations/${paths.destination_id}`;
    const answers = [
      await call("PATCH", path, { description: "new" }),
      await call("PATCH", path, { headers: { "X-Api-Key": ["", "***"], "X-Other-Token": "***" } }),
      await call("PUT", `${path}/activation`),
      await call("PATCH", `/accounts/${paths.account_id}`, { account_name: "new" }),
      await call("POST", `/accounts/${paths.account_id}/tokens`, {}),
      await call("POST", `${path}/secrets`, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 200, 201, 201]);
    for (const { text } of answers) for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it("that a receiver sends back is not kept", async () => {
    const echo = (incoming: Request) =>
      Response.json(Object.fromEntries(incoming.headers), {
        headers: { "x-echo": incoming.headers.get("authorization") ?? "" },
      });
    const account = await newAccount();
    const secret = unique("s3cr3t");
    const headers = {
      Authorization: `Bearer ${secret}`,
      "X-Api-Key": ["first-key", `key-${secret}`],
      "X-Source": "kept",
      "X-Plain": `plain ${secret}`,
    };
    await addDestination(account, openReceiver(echo).url, { headers });
    const { deliveries } = await settled((await send(account, "{}")).event_id);
    const { text } = await call("GET", `/deliveries/${deliveries[0]!.delivery_id}`);
    expect(text).toContain("kept");
    expect(text).not.toContain(secret);
    expect(await everythingStored()).not.toContain(secret);
  });
});

describe("a log line", () => {
  it("of a failing database holds no value that was to be stored", async () => {
    const logged = captureLogs();
    const account = await newAccount();
    const secret = unique("s3cr3t");
    const destination = await addDestination(account, openReceiver().url);
    const { door } = openGateway({
      QUEUE: undefined,
      DB: watchedDatabase(({ parameters }) => {
        if (JSON.stringify(parameters).includes(secret)) throw new Error("D1_ERROR: Network connection lost.");
      }),
    });
    const body = { email: `${secret}@example.com`, account_name: "A" };
    const answers = [
      await call("PATCH", `/destinations/${destination.destination_id}`, { description: secret }, { door }),
      await call("PUT", `/accounts/${account.account_id}`, body, { door }),
      await call("POST", "/accounts", body, { door }),
      await call("GET", `/accounts?q=${secret}`, undefined, { door }),
      await ingest(account.app_secret_token, JSON.stringify(secret), { door }),
    ];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(Array(5).fill([503, "unavailable"]));
    for (const { text } of answers) expect(text).not.toContain(secret);
    expect(logged()).toContain("Network connection lost");
    expect(logged()).not.toContain(secret);
  });

  it("of a fault of ours says where it is, and the answer only under which id", async () => {
    const logged = captureLogs();
    const { door } = openGateway({
      DB: watchedDatabase(() => {
        throw new TypeError("x is not a function");
      }),
    });
    const { status, json, text } = await call("GET", "/deliveries?account_id=hidden-in-the-query", undefined, { door });
    expect([status, json.code]).toEqual([500, "fault"]);
    expect(text).not.toContain("not a function");
    expect(logged()).toContain(json.request_id);
    expect(logged()).toContain("x is not a function");
    expect(logged()).not.toContain("hidden-in-the-query");
  });
});

describe("every answer", () => {
  it("has an id of its own, which is the body's too", async () => {
    const answers = [
      await call("GET", "/nowhere"),
      await call("DELETE", "/health"),
      await call("GET", "/accounts/nobody"),
      await call("GET", "/accounts"),
      await call("GET", "/openapi.json"),
    ];
    const ids = answers.map(({ headers }) => headers.get("x-request-id"));
    for (const id of ids) expect(id).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(answers.slice(0, 3).map(({ status, json }) => [status, json.request_id])).toEqual([
      [404, ids[0]],
      [405, ids[1]],
      [404, ids[2]],
    ]);
  });
});

/** An account, a destination and a delivery that between them hold one of each secret. */
async function useEverySecret() {
  const account = await newAccount();
  const values = ["bearer", "key", "cookie", "plain", "query"].map((name) => `${unique(name)}/+${name}`);
  const [bearer, key, cookie, plain, query] = values as [string, string, string, string, string];
  const headers = { Authorization: `Bearer ${bearer}`, "X-Api-Key": ["", key], Cookie: cookie, "X-Ref": plain };
  let signing = "";
  /** Says all again that it was sent, in every form. */
  const echo = (incoming: Request) => {
    const own = [bearer, key, cookie, plain, query, signing, signing.slice("whsec_".length)];
    const sent = JSON.stringify([incoming.url, ...incoming.headers, ...own]);
    const forms = [
      sent,
      ...own.map(encodeURIComponent),
      ...own.map(btoa),
      btoa(sent),
      btoa(` ${sent}`),
      btoa(`  ${sent}`),
    ];
    return new Response(forms.join("\n"), { headers: { "x-echo": own.map(encodeURIComponent).join(" ") } });
  };
  const url = `${openReceiver(echo).url}?of=${encodeURIComponent(query)}`;
  const destination = await addDestination(account, url, { headers, signature_schemes: ["v1", "v1a"] });
  signing = destination.signing_secret;
  const payload = unique("payload");
  const event: EventWithDeliveries = await settled((await send(account, JSON.stringify(payload))).event_id);
  const token = await call<{ app_secret_token: string }>("POST", `/accounts/${account.account_id}/tokens`, {});
  const secret = await call<{ signing_secret: string }>(
    "POST",
    `/destinations/${destination.destination_id}/secrets`,
    {},
  );
  const shown = [
    account.app_secret_token,
    destination.signing_secret,
    token.json.app_secret_token,
    secret.json.signing_secret,
  ];
  return {
    payload,
    secrets: [...shown, ...shown.map((text) => text.replace("whsec_", "")), ...values]
      .flatMap((text) => [
        text,
        encodeURIComponent(text),
        ...["", " ", "  "].map((before) => btoa(before + text).slice(4, -4)),
      ])
      .concat("whsk_"),
    paths: {
      account_id: account.account_id,
      destination_id: destination.destination_id,
      event_id: event.event_id,
      delivery_id: event.deliveries[0]!.delivery_id,
    } as Record<string, string>,
  };
}

/** The text of every row of every table. */
async function everythingStored(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  expect(results.length).toBeGreaterThan(5);
  const rows = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return JSON.stringify(rows.map((table) => table.results));
}

/** Keeps what is logged from here on; the function says it. */
function captureLogs(): () => string {
  const spies = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  );
  return () => spies.flatMap((spy) => spy.mock.calls.map((line) => line.map(String).join(" "))).join("\n");
}

async function operations(): Promise<Operation[]> {
  type Document = { paths: Record<string, Record<string, { security?: Record<string, unknown>[] }>> };
  const { json } = await request<Document>("GET", "/openapi.json");
  return Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      guarded: security?.length === 1 && "operator" in (security[0] ?? {}),
    })),
  );
}
