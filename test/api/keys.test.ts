import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CreatedKeySchema, KeySchema } from "../../src/api/operation/keys";
import { sha256Hex } from "../../src/security/sha256";
import { newId } from "../../src/vocabulary/ids";
import { nextMillisecond } from "../support/clock";
import { watchedDatabase } from "../support/database";
import { call, openGateway, type Problem, request } from "../support/gateway";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, type Page, unique } from "../support/tenants";

type Key = z.output<typeof KeySchema>;
type CreatedKey = z.output<typeof CreatedKeySchema>;

afterEach(() => vi.useRealTimers());

async function newKey(role: Key["role"], name = unique("key")): Promise<CreatedKey> {
  const { status, json, text } = await call<CreatedKey>("POST", "/keys", { name, role });
  expect(status, text).toBe(201);
  return json;
}

function callWith<Body = Problem>(key: string, method: string, path: string, body?: unknown, options = {}) {
  return call<Body>(method, path, body, { headers: { authorization: `Bearer ${key}` }, ...options });
}

async function readKey(keyId: string): Promise<Key | undefined> {
  const { json } = await call<Page<Key>>("GET", "/keys?limit=100");
  return json.data.find(({ key_id }) => key_id === keyId);
}

describe("POST /keys", () => {
  it("makes a key that is shown this once", async () => {
    const { operator_key, ...made } = await newKey("viewer", "  On-call laptop ");
    expect(operator_key).toMatch(/^dpk_[0-9a-hjkmnp-tv-z]{26}_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(made).toEqual({
      key_id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
      name: "On-call laptop",
      role: "viewer",
      accounts: null,
      expires_at: null,
      created_by: "ADMIN_TOKEN",
      last_four: operator_key.slice(-4),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      last_used_at: null,
    });
    expect(await readKey(made.key_id)).toEqual(made);
    expect((await call("GET", "/keys")).text).not.toContain(operator_key);
  });

  it.each([
    [{}, ["name", "role"]],
    [{ name: " ", role: "viewer" }, ["name"]],
    [{ name: "x".repeat(101), role: "viewer" }, ["name"]],
    [{ name: "a", role: "root" }, ["role"]],
    [{ name: 1, role: null }, ["name", "role"]],
  ])("refuses %j and names the fields", async (body, fields) => {
    const { status, json } = await call("POST", "/keys", body);
    expect([status, json.code, json.errors.map(({ path }) => path)]).toEqual([400, "invalid_input", fields]);
  });
});

describe("GET /keys", () => {
  it("lists them newest first, page by page", async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) {
      made.unshift((await newKey("viewer")).key_id);
      await nextMillisecond();
    }
    const first = await call<Page<Key>>("GET", "/keys?limit=2");
    const second = await call<Page<Key>>("GET", `/keys?limit=2&cursor=${first.json.next_cursor}`);
    const ids = [...first.json.data, ...second.json.data].map(({ key_id }) => key_id);
    expect(ids.slice(0, 3)).toEqual(made);
    expect((await call("GET", "/keys?cursor=acc_1")).status).toBe(400);
  });
});

describe("an admin's key", () => {
  it("may what ADMIN_TOKEN may, and says when it was last used", async () => {
    const { operator_key, key_id } = await newKey("admin");
    const body = { email: `${unique("mail")}@example.com`, account_name: "A" };
    expect((await callWith(operator_key, "POST", "/accounts", body)).status).toBe(201);
    expect((await callWith(operator_key, "POST", "/keys", { name: "next", role: "viewer" })).status).toBe(201);
    const used = (await readKey(key_id))?.last_used_at;
    expect(Date.now() - Date.parse(used ?? "")).toBeLessThan(10_000);
  });

  it("opens where ADMIN_TOKEN is unset", async () => {
    const { operator_key } = await newKey("admin");
    const { door } = openGateway({ ADMIN_TOKEN: undefined });
    expect((await callWith(operator_key, "GET", "/accounts", undefined, { door })).status).toBe(200);
  });

  it("tells its details at /health", async () => {
    const { operator_key } = await newKey("viewer");
    const { json } = await callWith<{ details?: unknown }>(operator_key, "GET", "/health");
    expect(json.details).toBeDefined();
  });

  it("costs one round trip, and a row written once a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { operator_key } = await newKey("admin");
    const spent = { roundTrips: 0, rowsWritten: 0 };
    const DB = watchedDatabase(
      () => void spent.roundTrips++,
      (rows) => {
        spent.rowsWritten += rows;
      },
    );
    const { door } = openGateway({ DB });
    const read = () => callWith(operator_key, "GET", "/destinations/unknown", undefined, { door });
    for (let i = 0; i < 5; i++) await read();
    expect(spent).toEqual({ roundTrips: 5 * 2, rowsWritten: 1 });
    vi.setSystemTime(Date.now() + 60_001);
    await read();
    expect(spent.rowsWritten).toBe(2);
  });
});

describe("a viewer's key", () => {
  it("reads everything and changes nothing: every other operation is 403", async () => {
    const { operator_key } = await newKey("viewer");
    const { account_id } = await newAccount();
    const destination = await addDestination({ account_id }, openReceiver().url);
    for (const { method, path } of await operations()) {
      const asked = path.endsWith("/preview") ? `${path}?event_id=unknown` : path;
      const at = asked.replace("{account_id}", account_id).replace("{destination_id}", destination.destination_id);
      const body = method === "GET" ? undefined : {};
      const { status, json } = await callWith(operator_key, method, at.replace(/\{\w+\}/, "unknown"), body);
      if (method === "GET") expect([path, [200, 404].includes(status)]).toEqual([path, true]);
      else expect([method, path, status, json.code]).toEqual([method, path, 403, "forbidden"]);
    }
    const { json } = await callWith(operator_key, "DELETE", `/accounts/${account_id}`);
    expect(json.message).toContain("admin");
    expect((await call("GET", `/destinations/${destination.destination_id}`)).status).toBe(200);
  });

  it("cannot pass a change for a read", async () => {
    const { operator_key } = await newKey("viewer");
    const { account_id } = await newAccount();
    const headers = { "x-http-method-override": "GET", "x-http-method": "GET" };
    for (const at of [`/accounts/${account_id}`, `/api/accounts/${account_id}/`, `//accounts/${account_id}`]) {
      await request("DELETE", at, { authorization: `Bearer ${operator_key}`, ...headers });
    }
    expect((await call("GET", `/accounts/${account_id}`)).status).toBe(200);
  });
});

describe("DELETE /keys/{key_id}", () => {
  it("revokes at once, and is 404 then", async () => {
    const { operator_key, key_id } = await newKey("admin");
    expect((await callWith(operator_key, "GET", "/accounts")).status).toBe(200);
    expect((await call("DELETE", `/keys/${key_id}`)).status).toBe(204);
    const { status, json } = await callWith(operator_key, "GET", "/accounts");
    expect([status, json.code]).toEqual([401, "operator_key_invalid"]);
    expect(await readKey(key_id)).toBeUndefined();
    expect((await call("DELETE", `/keys/${key_id}`)).status).toBe(404);
  });

  it("may be of the key that asks", async () => {
    const { operator_key, key_id } = await newKey("admin");
    expect((await callWith(operator_key, "DELETE", `/keys/${key_id}`)).status).toBe(204);
    expect((await callWith(operator_key, "GET", "/accounts")).status).toBe(401);
  });

  it.each(["unknown", "key_01JDQ8XK3V7M9T2B4C6D8F0GHJ", "..%2Faccounts"])("is 404 for %s", async (id) => {
    expect((await call("DELETE", `/keys/${id}`)).status).toBe(404);
  });
});

describe("a key", () => {
  it("is stored as its SHA-256 alone", async () => {
    const { operator_key, key_id } = await newKey("admin");
    const row = await env.DB.prepare("SELECT * FROM operator_keys WHERE key_id = ?").bind(key_id).first();
    expect(JSON.stringify(row)).not.toContain(operator_key.slice("dpk_".length, -4));
    const { status } = await callWith(String(row?.key_hash), "GET", "/accounts");
    expect(status).toBe(401);
  });

  it("from before keys had a MAC opens the API still", async () => {
    const old = `dpk_${"0123456789abcdef".repeat(3)}`;
    await env.DB.prepare(
      "INSERT INTO operator_keys (key_id, key_hash, name, role, last_four, created_at) VALUES (?, ?, 'old', 'admin', 'cdef', 1)",
    )
      .bind(newId("key", 1), await sha256Hex(old))
      .run();
    expect((await callWith(old, "GET", "/accounts")).status).toBe(200);
  });

  it("that is made up is refused without the database, unless it looks like those from before", async () => {
    const { operator_key } = await newKey("admin");
    let roundTrips = 0;
    const { door } = openGateway({ DB: watchedDatabase(() => void roundTrips++) });
    const changed = operator_key.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const [key, cost] of [
      ["dpk_", 0],
      ["dpk_short", 0],
      [operator_key.toUpperCase(), 0],
      [`${operator_key}0`, 0],
      [operator_key.slice(4), 0],
      [changed, 0],
      [`dpk_${"0".repeat(48)}`, 1],
    ] as const) {
      roundTrips = 0;
      const { status } = await callWith(key, "GET", "/accounts", undefined, { door });
      expect([key, status, roundTrips]).toEqual([key, 401, cost]);
    }
  });

  it("is not to be had when the database does not answer, and the first one is", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { operator_key } = await newKey("admin");
    const { door } = openGateway({
      DB: watchedDatabase(() => {
        throw new Error("D1_ERROR: Network connection lost.");
      }),
    });
    expect((await callWith(operator_key, "POST", "/dead-letters/x/y", {}, { door })).status).toBe(503);
    expect((await call("POST", "/dead-letters/x/y", {}, { door })).status).toBe(404);
  });
});

async function operations(): Promise<{ method: string; path: string }[]> {
  type Document = { paths: Record<string, Record<string, { security?: Record<string, unknown>[] }>> };
  const { json } = await request<Document>("GET", "/openapi.json");
  return Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length === 1 && "operator" in (security[0] ?? {}))
      .map(([method]) => ({ method: method.toUpperCase(), path })),
  );
}
