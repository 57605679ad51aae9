/** `transformation` and `templates` of a destination, and `GET /destinations/{id}/preview`. */
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, send, settled } from "../support/tenants";

type Preview = {
  request: { url: string; body: string | null; headers: unknown } | null;
  reason: string | null;
  explanation: string | null;
};
type Result = {
  event_id: string | null;
  matches: boolean;
  failure: { message: string; place: number | null } | null;
  body: string | null;
};
type Destination = { transformation: string | null; templates: unknown };

const SHAPE = {
  transformation: '{"text": "Order " & order.id}',
  templates: {
    path: "/orders/{{ body.order.id }}",
    query: { n: "{{ body.n }}" },
    headers: { "X-Id": "{{ event.id }}" },
  },
};

async function tenant(fields: Record<string, unknown> = SHAPE) {
  const receiver = openReceiver();
  const account = await newAccount();
  const { destination_id } = await addDestination(account, `${receiver.url}?key=secret`, fields);
  const path = `/destinations/${destination_id}`;
  return {
    account,
    receiver,
    path,
    preview: (event_id: string) => call<Preview>("GET", `${path}/preview?event_id=${event_id}`),
  };
}

describe("a destination's transformation and templates", () => {
  it("are read as they were given, changed, and removed", async () => {
    const { path } = await tenant();
    expect((await call<Destination>("GET", path)).json).toMatchObject(SHAPE);
    expect((await call<Destination>("PATCH", path, { description: "x" })).json).toMatchObject(SHAPE);
    const { json } = await call<Destination>("PATCH", path, { transformation: null, templates: null });
    expect(json).toMatchObject({ transformation: null, templates: null });
  });

  it.each([
    [{ transformation: "$match(a, /(a+)+$/)" }, "transformation", "Regular expressions are left out"],
    [{ transformation: "order." }, "transformation", "The expression ends too early (at character 6)"],
    [{ transformation: 5 }, "transformation", "Give a JSONata expression"],
    [{ templates: { path: "x" } }, "templates.path", "A path begins with /"],
    [{ templates: { headers: { Host: "x" } } }, "templates.headers.Host", "This header cannot be set"],
    [{ templates: { body: "xml" } }, "templates.body", "Give one of json, form, text."],
    [{ templates: { boby: "form" } }, "templates", "boby"],
  ])("are refused with their place: %j", async (fields, path, message) => {
    const { path: destination } = await tenant({});
    const { status, json } = await call<{ errors: { path: string; message: string }[] }>("PATCH", destination, fields);
    expect(status).toBe(400);
    expect(json.errors[0]?.path).toContain(path);
    expect(JSON.stringify(json.errors)).toContain(message);
  });
});

describe("a preview", () => {
  it("shows what would be sent, with what is secret masked, and sends nothing", async () => {
    const { account, receiver, preview, path } = await tenant();
    await call("DELETE", `${path}/activation`);
    const { event_id } = await send(account, '{"order":{"id":"A/1"},"n":1}');
    const { json } = await preview(event_id);
    expect(json).toMatchObject({ reason: null, request: { body: '{"text":"Order A/1"}' } });
    expect(json.request?.url).toMatch(/\/orders\/A%2F1\?key=\*\*\*&n=1$/);
    expect(JSON.stringify(json.request?.headers)).toContain(event_id);
    expect(JSON.stringify(json)).not.toContain("secret");
    expect(receiver.arrived).toEqual([]);
  });

  it("says why nothing would be sent", async () => {
    const { account, preview } = await tenant({ transformation: "order.id + 1" });
    const { event_id } = await send(account, '{"order":{"id":"A"}}');
    expect((await preview(event_id)).json).toEqual({
      request: null,
      reason: "The transformation fails: Left of + must be a number (at character 10)",
      explanation: null,
    });
  });

  it("says so of a request that is made and may not be sent", async () => {
    const { account, preview } = await tenant({ http_method: "GET", templates: { query: { a: "{{ body.a }}" } } });
    const { event_id } = await send(account, JSON.stringify({ a: "x".repeat(9_000) }));
    expect((await preview(event_id)).json).toMatchObject({
      request: null,
      reason: expect.stringContaining("longer than 16384"),
    });
  });

  it("shows what the destination does not ask for all the same, and says that it does not", async () => {
    const { account, preview } = await tenant({ ...SHAPE, event_types: ["invoice.*"] });
    const { event_id } = await send(account, '{"order":{"id":"A"}}', { headers: { "cl-x-event-type": "order.paid" } });
    expect((await preview(event_id)).json).toMatchObject({
      request: { body: '{"text":"Order A"}' },
      explanation: "The event's type is order.paid; the destination asks for invoice.*.",
    });
  });

  it("is of nothing once the event is wiped", async () => {
    const { account, preview } = await tenant();
    const { event_id } = await send(account, '{"order":{"id":"A"}}');
    await settled(event_id);
    await call("DELETE", `/events/${event_id}`);
    expect((await preview(event_id)).status).toBe(404);
  });

  it("shows no event of another account, and none that there is not", async () => {
    const { preview } = await tenant();
    const other = await tenant();
    const { event_id } = await send(other.account, "{}");
    expect((await preview(event_id)).status).toBe(404);
    expect((await preview("evt_none")).status).toBe(404);
  });
});

describe("a filter test", () => {
  async function tested(fields?: Record<string, unknown>) {
    const { account, receiver, path } = await tenant(fields);
    const test = async (body: unknown) =>
      (await call<{ results: Result[] }>("POST", `${path}/filter-tests`, body)).json.results;
    return { account, receiver, test };
  }

  it("says what would be sent of a payload, by what is not saved yet or by what is", async () => {
    const { test, receiver } = await tested();
    const payload = { order: { id: "A-1" } };
    expect(await test({ payload })).toMatchObject([{ matches: true, failure: null, body: '{"text":"Order A-1"}' }]);
    const changed = { payload, transformation: "{'n': $event.type}", templates: { body: "form" }, event_type: "order" };
    expect(await test(changed)).toMatchObject([{ body: "n=order" }]);
    expect(await test({ payload, transformation: null, templates: null })).toMatchObject([
      { body: JSON.stringify(payload) },
    ]);
    expect(receiver.arrived).toEqual([]);
  });

  it("says of what would fail what fails, and where", async () => {
    const { test } = await tested();
    expect(await test({ payload: {}, transformation: "'a' + 1", templates: null })).toMatchObject([
      {
        matches: true,
        failure: { message: "The transformation fails: Left of + must be a number", place: 5 },
        body: null,
      },
    ]);
    expect(await test({ payload: {} })).toMatchObject([
      { failure: { message: expect.stringContaining("The templates fail: The template of the path"), place: null } },
    ]);
  });

  it("says of the latest events which would be sent and which would fail, with the body of the newest that would be", async () => {
    const { account, test } = await tested({});
    const ids: string[] = [];
    for (const n of ["1", '"x"', "2", '"y"']) ids.unshift((await send(account, `{"n":${n}}`)).event_id);
    const results = await test({ transformation: "{'double': n * 2}" });
    expect(results.map(({ event_id }) => event_id).sort()).toEqual(ids.sort());
    const failing = results.filter(({ failure }) => failure !== null);
    expect(failing).toHaveLength(2);
    const [first, second] = results.filter(({ failure }) => failure === null);
    expect([first?.body, second?.body]).toEqual([expect.stringMatching(/^\{"double":[24]\}$/), null]);
  });

  it("stops after a million steps of transformations, which is less than many events of an endless one take", async () => {
    const { account, test } = await tested({});
    for (let n = 0; n < 12; n++) await send(account, `{"n":${n}}`);
    const results = await test({ transformation: "($f := function() { $f() }; $f())" });
    expect(results).toHaveLength(10);
    expect(results[0]?.failure?.message).toContain("more than 100,000 steps");
  });

  it("refuses what could not be saved, with its place", async () => {
    const { path } = await tenant({});
    const { status, json } = await call<{ errors: { path: string }[] }>("POST", `${path}/filter-tests`, {
      payload: {},
      transformation: "order.",
    });
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["transformation"]]);
  });
});
