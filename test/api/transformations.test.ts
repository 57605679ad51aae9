/** `transformation` and `templates` of a destination, and `GET /destinations/{id}/preview`. */
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, send } from "../support/tenants";

type Preview = { request: { url: string; body: string | null; headers: unknown } | null; reason: string | null };
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
    });
  });

  it("shows no event of another account, and none that there is not", async () => {
    const { preview } = await tenant();
    const other = await tenant();
    const { event_id } = await send(other.account, "{}");
    expect((await preview(event_id)).status).toBe(404);
    expect((await preview("evt_none")).status).toBe(404);
  });
});
