/** `POST /destinations/{id}/filter-tests`, and the fields of accounts and destinations that say who gets what. */
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

type Result = { event_id: string | null; event_type: string | null; matches: boolean; explanation: string | null };
type Tested = { results: (Result & { reason: string | null; condition: Record<string, unknown> | null })[] };

const ASKING = { event_types: ["order.*"], filter: { total: { $gte: 100 } } };

async function tenant() {
  const receiver = openReceiver();
  const account = await newAccount({ event_type_path: "type" });
  const { destination_id } = await addDestination(account, receiver.url, ASKING);
  const test = (body: unknown) => call<Tested>("POST", `/destinations/${destination_id}/filter-tests`, body);
  return { account, receiver, path: `/destinations/${destination_id}`, test };
}

describe("a filter test", () => {
  it("says of a payload why it would not be sent, and sends nothing", async () => {
    const { test, receiver } = await tenant();
    const { json } = await test({ payload: { type: "order.paid", total: 99.5 } });
    expect(json.results).toEqual([
      {
        event_id: null,
        event_type: "order.paid",
        matches: false,
        reason: "filter",
        explanation: "total is 99.5, not 100 or greater (total.$gte).",
        condition: { filter_path: "total.$gte", path: "total", operator: "$gte", expected: "100", found: "99.5" },
        failure: null,
        body: null,
      },
    ]);
    const { json: other } = await test({ payload: { type: "order.paid", total: 500 }, event_type: "invoice.paid" });
    expect(other.results).toMatchObject([{ matches: false, reason: "event_type", condition: null }]);
    expect((await test({ payload: { total: 500 }, headers: { "CE-Type": "order.x" } })).json.results).toMatchObject([
      { matches: true, event_type: "order.x", reason: null, explanation: null },
    ]);
    expect(receiver.arrived).toEqual([]);
  });

  it("reads a payload's numbers as they are written", async () => {
    const { test } = await tenant();
    const filter = { id: { $gt: 9007199254740991 } };
    const payload = JSON.parse('{"id":9007199254740991}');
    expect((await test({ payload, filter, event_types: [] })).json.results[0]?.matches).toBe(false);
  });

  it("says of an event what would become of it by types and a filter that are not saved", async () => {
    const { account, test } = await tenant();
    const { event_id } = await send(account, JSON.stringify({ type: "invoice.paid", total: 5 }));
    expect((await test({ event_id })).json.results).toMatchObject([{ event_id, matches: false, reason: "event_type" }]);
    expect((await test({ event_id, event_types: [] })).json.results).toMatchObject([{ reason: "filter" }]);
    expect((await test({ event_id, event_types: [], filter: null })).json.results).toMatchObject([{ matches: true }]);
  });

  it("asks the last fifty events, the newest first", async () => {
    const { account, test } = await tenant();
    const sent: string[] = [];
    for (let n = 0; n < 51; n++) sent.push((await send(account, JSON.stringify({ type: "order.paid", n }))).event_id);
    const { json } = await test({});
    expect(json.results.map(({ event_id }) => event_id)).toEqual(sent.slice(1).reverse());
  });

  it("says of the account's latest events which would be sent, and of no other account's", async () => {
    const { account, test } = await tenant();
    const other = await tenant();
    const { event_id: foreign } = await send(other.account, JSON.stringify({ type: "order.paid", total: 500 }));
    for (const total of [100, 99]) await send(account, JSON.stringify({ type: "order.paid", total }));
    const { json } = await test({});
    expect(json.results.map(({ matches }) => matches).sort()).toEqual([false, true]);
    expect((await test({ event_id: foreign })).status).toBe(404);
    expect((await test(undefined)).json, "without a body").toEqual(json);
  });

  it("refuses both an event and a payload", async () => {
    const { test } = await tenant();
    expect((await test({ event_id: "evt_1", payload: {} })).status).toBe(400);
  });
});

describe("what a destination asks for", () => {
  it("is read as it was given, goes with null or an empty list, and old destinations ask for everything", async () => {
    const { path } = await tenant();
    const read = async () => (await call<Record<string, unknown>>("GET", path)).json;
    expect(await read()).toMatchObject({ ...ASKING, filter_revision: 0 });
    await call("PATCH", path, { filter: { a: 1 } });
    expect(await read()).toMatchObject({ event_types: ["order.*"], filter: { a: 1 }, filter_revision: 1 });
    await call("PATCH", path, { filter: null, event_types: null });
    expect(await read()).toMatchObject({ event_types: [], filter: null, filter_revision: 2 });
    await call("PATCH", path, { event_types: [], filter: null });
    expect(await read()).toMatchObject({ filter_revision: 2 });
  });

  it.each<[string, Record<string, unknown>, { path: string; message: string }]>([
    [
      "an operator that there is not",
      { filter: { a: { $regex: "x" } } },
      { path: "filter.a.$regex", message: expect.stringContaining("$regex") },
    ],
    ["no object", { filter: "a" }, { path: "filter", message: expect.stringContaining("Give a filter") }],
    [
      "a number that is another one by now",
      { filter: { a: { $gt: 2 ** 53 } } },
      { path: "filter.a.$gt", message: expect.stringContaining("more digits") },
    ],
    [
      "a type with a space",
      { event_types: ["a b"] },
      { path: "event_types.0", message: expect.stringContaining("Give a type") },
    ],
  ])("is refused with %s, which is named", async (_what, change, error) => {
    const { path } = await tenant();
    const { status, json } = await call<{ errors: unknown[] }>("PATCH", path, change);
    expect([status, json.errors]).toEqual([400, [error]]);
  });
});

describe("where an account's events have their type", () => {
  it.each([
    ["authorization", "event_type_header"],
    ["a b", "event_type_header"],
    ["a[*]", "event_type_path"],
  ])("is not %s", async (value, field) => {
    const account = await newAccount();
    const { status, json } = await call<{ errors: { path: string }[] }>("PATCH", `/accounts/${account.account_id}`, {
      [field]: value,
    });
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, [field]]);
  });

  it("goes with null", async () => {
    const account = await newAccount({ event_type_path: "type", event_type_header: "X-Type" });
    expect(account).toMatchObject({ event_type_path: "type", event_type_header: "x-type" });
    const { json } = await call<Account>("PATCH", `/accounts/${account.account_id}`, { event_type_path: null });
    expect(json).toMatchObject({ event_type_path: null, event_type_header: "x-type" });
  });
});

it("a header with a hostile name or value gives no type and harms nobody", async () => {
  const account = await newAccount({ event_type_header: "x-it's-$.type" });
  const receiver = openReceiver();
  await addDestination(account, receiver.url);
  const { event_id } = await send(account, "{}", { headers: { "x-it's-$.type": "a'b" } });
  expect(await settled(event_id)).toMatchObject({ event_type: "a'b" });
});
