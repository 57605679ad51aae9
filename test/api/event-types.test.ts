/** The catalogue of an account's event types: `/accounts/{id}/event-types`. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { operatorKey } from "../support/pages";
import { type Account, ingest, newAccount, type Page, send } from "../support/tenants";

type EventType = {
  event_type: string;
  description: string;
  schema: unknown;
  example: unknown;
  validate: string;
  created_at: string;
  updated_at: string;
};
type Catalogue = Page<EventType> & { seen: { event_type: string; count: number; last_event_id: string }[] };

const SCHEMA = { type: "object", required: ["total"], properties: { total: { type: "number" } } };

const pathOf = ({ account_id }: Account, type?: string) =>
  `/accounts/${account_id}/event-types${type === undefined ? "" : `/${encodeURIComponent(type)}`}`;
const put = (account: Account, type: string, body: unknown) => call<EventType>("PUT", pathOf(account, type), body);
const listed = async (account: Account, query = "") => (await call<Catalogue>("GET", pathOf(account) + query)).json;

describe("PUT /accounts/{account_id}/event-types/{event_type}", () => {
  it("makes what is said of a type, and replaces it", async () => {
    const account = await newAccount();
    const made = await put(account, "order.paid", {
      description: " Paid. ",
      schema: SCHEMA,
      example: { total: 1 },
      validate: "flag",
    });
    expect(made).toMatchObject({
      status: 201,
      json: { event_type: "order.paid", description: "Paid.", schema: SCHEMA, example: { total: 1 }, validate: "flag" },
    });
    expect((await call("GET", pathOf(account, "order.paid"))).json).toEqual(made.json);
    const replaced = await put(account, "order.paid", { example: null });
    expect(replaced).toMatchObject({
      status: 200,
      json: { description: "", schema: null, example: null, validate: "off" },
    });
    expect(replaced.json.created_at).toBe(made.json.created_at);
    expect(Date.parse(replaced.json.updated_at)).toBeGreaterThan(Date.parse(made.json.updated_at));
  });

  it("takes no body for one that says nothing", async () => {
    const account = await newAccount();
    expect(await put(account, "order.paid", undefined)).toMatchObject({ status: 201, json: { schema: null } });
  });

  it("takes any type, whatever signs are in it", async () => {
    const account = await newAccount();
    for (const type of ["orders/create", "größe%2F?#&", "a b".replace(" ", "+"), "..x"]) {
      expect((await put(account, type, {})).json.event_type).toBe(type);
      expect((await call<EventType>("GET", pathOf(account, type))).json.event_type).toBe(type);
    }
    for (const bad of ["order.*", "an order", "x".repeat(129)]) {
      expect(await put(account, bad, {})).toMatchObject({ status: 400, json: { errors: [{ path: "event_type" }] } });
    }
  });

  it("keeps numbers as they were written", async () => {
    const account = await newAccount();
    const example = '"example":{"id":12345678901234567890,"price":0.1234567890123456789}';
    await call("PUT", pathOf(account, "a"), `{${example}}`);
    expect((await call("GET", pathOf(account, "a"))).text).toContain(example);
  });

  it("says what is wrong, and where", async () => {
    const account = await newAccount();
    const errors = async (body: unknown) => (await call("PUT", pathOf(account, "a"), body)).json.errors;
    expect(await errors({ validate: "reject" })).toMatchObject([{ path: "schema" }]);
    expect(await errors({ schema: { properties: { a: { pattern: "(a+)+" } } } })).toMatchObject([
      { path: "schema.properties.a.pattern" },
    ]);
    expect(await errors({ schema: { $ref: "https://elsewhere.example/" }, example: "x".repeat(16_384) })).toMatchObject(
      [{ path: "schema.$ref" }, { path: "example" }],
    );
    expect(await errors({ validate: "warn" })).toMatchObject([{ path: "validate" }]);
    expect(await errors({ schemas: {} })).toMatchObject([{ path: "schemas" }]);
    expect(await errors({ description: "x".repeat(501) })).toMatchObject([{ path: "description" }]);
    expect(await listed(account)).toEqual({ data: [], next_cursor: null, seen: [] });
  });

  it("keeps two hundred types and half a megabyte of schemas at most, and lets those be replaced", async () => {
    const account = await newAccount();
    const insert = (count: number, schema: string | null) =>
      env.DB.prepare(
        `INSERT INTO event_types (account, type, description, validation, schema, created_at, updated_at)
         SELECT a.id, 'type-' || j.value, '', 'off', ?, 0, 0 FROM accounts a, json_each(?) j WHERE a.account_id = ?`,
      )
        .bind(schema, JSON.stringify(Array.from({ length: count }, (_, i) => i)), account.account_id)
        .run();
    await insert(199, null);
    expect((await put(account, "last", {})).status).toBe(201);
    expect(await put(account, "one-more", {})).toMatchObject({ status: 409, json: { code: "too_many_event_types" } });
    expect((await put(account, "last", { description: "Still." })).status).toBe(200);
    await env.DB.prepare("DELETE FROM event_types").run();
    await insert(31, JSON.stringify({ description: "é".repeat(8_000) }));
    const size = async (length: number) =>
      (await put(account, "last", { schema: { description: "x".repeat(length) } })).status;
    expect([await size(5_000), await size(3_000), await size(2_000), await size(5_000)]).toEqual([409, 201, 200, 409]);
  });

  it("is for an account that there is, and an operator who may change it", async () => {
    const account = await newAccount();
    const { operator_key } = await operatorKey("viewer");
    const headers = { authorization: `Bearer ${operator_key}` };
    expect((await call("PUT", "/accounts/nobody/event-types/a", {})).status).toBe(404);
    expect((await call("PUT", pathOf(account, "a"), {}, { headers })).status).toBe(403);
    expect((await call("GET", pathOf(account), undefined, { headers })).status).toBe(200);
  });
});

describe("GET /accounts/{account_id}/event-types", () => {
  it("lists what is kept by name, page by page", async () => {
    const account = await newAccount();
    const stranger = await newAccount();
    for (const type of ["c", "a", "b"]) await put(account, type, {});
    await put(stranger, "d", {});
    const first = await listed(account, "?limit=2");
    expect([first.data.map(({ event_type }) => event_type), first.next_cursor]).toEqual([["a", "b"], "b"]);
    const second = await listed(account, `?limit=2&cursor=${first.next_cursor}`);
    expect([second.data.map(({ event_type }) => event_type), second.next_cursor]).toEqual([["c"], null]);
    expect((await call("GET", "/accounts/nobody/event-types")).status).toBe(404);
    expect((await call("GET", `${pathOf(account)}?cursor=a%20b`)).status).toBe(400);
  });

  it("shows beside it the types that were seen and are not kept", async () => {
    const account = await newAccount({ event_type_path: "type" });
    const stranger = await newAccount({ event_type_path: "type" });
    await send(stranger, '{"type":"foreign"}');
    for (const type of ["b", "a", "b", "kept"]) await send(account, JSON.stringify({ type }));
    const { event_id } = await send(account, '{"type":"b"}');
    await send(account, "{}");
    await put(account, "kept", {});
    expect((await listed(account)).seen).toMatchObject([
      { event_type: "a", count: 1 },
      { event_type: "b", count: 3, last_event_id: event_id },
    ]);
  });
});

describe("DELETE /accounts/{account_id}/event-types/{event_type}", () => {
  it("forgets the type, of this account alone", async () => {
    const [account, stranger] = [await newAccount(), await newAccount()];
    for (const one of [account, stranger]) await put(one, "a", {});
    const revision = () =>
      env.DB.prepare("SELECT catalogue_revision FROM accounts WHERE account_id = ?")
        .bind(account.account_id)
        .first<number>("catalogue_revision");
    const before = await revision();
    expect((await call("DELETE", pathOf(account, "a"))).status).toBe(204);
    const removed = await revision();
    expect(removed).not.toBe(before);
    expect((await call("DELETE", pathOf(account, "a"))).status).toBe(404);
    expect(await revision(), "what is refused changes nothing").toBe(removed);
    expect((await call("GET", pathOf(account, "a"))).status).toBe(404);
    expect((await call("GET", pathOf(stranger, "a"))).status).toBe(200);
  });
});

describe("the catalogue", () => {
  it("is in the audit trail: what changed, of schema and example by a digest", async () => {
    const account = await newAccount();
    await put(account, "a", { schema: SCHEMA, validate: "reject" });
    await put(account, "a", { schema: SCHEMA, validate: "flag", example: { secret: "s3cr3t" } });
    await put(account, "b", { validate: "reject" });
    await call("DELETE", pathOf(account, "a"));
    const { json, text } = await call<Page<Record<string, unknown>>>("GET", `/audit?account_id=${account.account_id}`);
    expect(json.data.slice(0, 3)).toMatchObject([
      { action: "event_type.removed", target: "a" },
      {
        action: "event_type.kept",
        target: "a",
        before: { validate: "reject", example: null },
        after: { validate: "flag", example: expect.stringMatching(/^sha256:[0-9a-f]{16}$/) },
      },
      { action: "event_type.kept", target: "a", after: { validate: "reject" } },
    ]);
    expect(json.data[3]).toMatchObject({ action: "account.created" });
    expect(text).not.toContain("s3cr3t");
  });

  it("goes with its account", async () => {
    const account = await newAccount();
    await put(account, "a", { schema: SCHEMA, validate: "reject" });
    const rows = () => env.DB.prepare("SELECT count(*) AS n FROM event_types").first<number>("n");
    const before = await rows();
    await call("DELETE", `/accounts/${account.account_id}`);
    expect(await rows()).toBe((before ?? 0) - 1);
  });

  it("refuses what breaks a schema with 422 and at most ten errors", async () => {
    const account = await newAccount({ event_type_path: "type" });
    await put(account, "a", { schema: { additionalProperties: false, properties: { type: {} } }, validate: "reject" });
    const more = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`more-${i}`, i]));
    const { status, json } = await ingest(account.app_secret_token, JSON.stringify({ type: "a", ...more }));
    expect([status, json.message, json.code, json.errors.length]).toEqual([
      422,
      "Invalid Data",
      "schema_violation",
      10,
    ]);
  });
});
