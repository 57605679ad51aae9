/** The catalogue of event types on the pages: kept by operators, read by tenants. */
import { beforeEach, describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { type Browser, operator, operatorKey, tenant } from "../support/pages";
import { type Account, newAccount, send } from "../support/tenants";

let account: Account;
let browser: Browser;
let path: string;
beforeEach(async () => {
  account = await newAccount({ event_type_path: "type" });
  browser = await operator();
  path = `/dashboard/accounts/${account.account_id}/event-types`;
});

const kept = async (type: string) =>
  (
    await call<Record<string, unknown>>(
      "GET",
      `/accounts/${account.account_id}/event-types/${encodeURIComponent(type)}`,
    )
  ).json;
const FORM = {
  event_type: "order.paid",
  description: "Paid.",
  validate: "flag",
  schema: '{"required":["id"]}',
  example: '{"id":1.50}',
};

describe("an operator", () => {
  it("describes a type, changes it and removes it", async () => {
    const saved = await browser.submit(`${path}/edit`, FORM);
    expect(saved.text).toMatch(/Saved\..*order\.paid.*Paid\..*required.*1\.5\n/s);
    expect(await kept("order.paid")).toMatchObject({
      description: "Paid.",
      validate: "flag",
      schema: { required: ["id"] },
    });
    const form = await browser.visit(`${path}/edit?type=order.paid`);
    expect(form.text).toContain("{&quot;id&quot;:1.50}");
    expect(form.text).toMatch(/<option value="flag" selected/);
    await browser.submit(`${path}/edit`, { ...FORM, schema: "", validate: "off" });
    expect(await kept("order.paid")).toMatchObject({ schema: null, validate: "off" });
    const gone = await browser.submit(`${path}/remove`, { event_type: "order.paid" });
    expect(gone.text).toContain("not kept any more");
    expect((await browser.send(`${path}/remove`, { event_type: "order.paid" })).status).toBe(404);
  });

  it("is told at each field what is wrong with it, and keeps what was written", async () => {
    const wrong = { event_type: "an order", description: "x", validate: "off", schema: "", example: "" };
    const { status, text } = await browser.send(`${path}/edit`, wrong);
    expect(status).toBe(400);
    expect(text).toMatch(/id="event_type-error"[^>]*>Give a type/);
    expect(text).toContain('value="an order"');
    const schema = '{"properties":{"a":{"pattern":"(a+)+"}}}';
    const other = await browser.send(`${path}/edit`, { ...FORM, schema, example: "{" });
    expect(other.status).toBe(400);
    expect(other.text).toMatch(/id="schema-error"[^>]*>properties\.a\.pattern: /);
    expect(other.text).toMatch(/id="example-error"[^>]*>Give one JSON value/);
    expect(other.text).toContain("(a+)+");
  });

  it("sees which types came in and are not described, and keeps one with its last event as an example", async () => {
    await send(account, '{"type":"a<b","total":1.0}');
    const list = await browser.visit(path);
    expect(list.text).toContain("<bdi>a&lt;b</bdi>");
    const link = /href="([^"]*edit\?type=a%3Cb[^"]*)"/.exec(list.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const form = await browser.visit(link);
    expect(form.text).toContain("{&quot;type&quot;:&quot;a&lt;b&quot;,&quot;total&quot;:1.0}");
    await browser.submit(`${path}/edit`, {
      event_type: "a<b",
      description: "",
      validate: "off",
      schema: "",
      example: '{"total":1.0}',
    });
    expect((await browser.visit(path)).text).not.toContain("edit?type=a%3Cb&amp;event_id");
    expect(await kept("a<b")).toMatchObject({ example: { total: 1 } });
  });

  it("takes no other account's event as an example", async () => {
    const stranger = await newAccount();
    const { event_id } = await send(stranger, '{"secret":"of a stranger"}');
    expect((await browser.visit(`${path}/edit?type=x&event_id=${event_id}`)).text).not.toContain("of a stranger");
  });

  it("who may only look sees no form, and changes nothing", async () => {
    await browser.submit(`${path}/edit`, FORM);
    const { operator_key } = await operatorKey("viewer");
    const viewer = await operator(operator_key);
    const { text } = await viewer.visit(path);
    expect(text).toContain("order.paid");
    expect(text).not.toContain(`${path}/edit`);
    for (const form of ["edit", "remove"]) expect((await viewer.send(`${path}/${form}`, FORM)).status).toBe(403);
  });

  it("goes from page to page where there are many", async () => {
    for (let i = 10; i < 36; i++) await call("PUT", `/accounts/${account.account_id}/event-types/t${i}`, {});
    const first = await browser.visit(path);
    const next = /href="([^"]*)" rel="next"/.exec(first.text)?.[1] ?? "";
    expect([first.text.includes("t34"), first.text.includes("t35")]).toEqual([true, false]);
    expect((await browser.visit(next)).text).toContain("t35");
  });

  it("finds no catalogue of an account that there is not", async () => {
    expect((await browser.visit("/dashboard/accounts/nobody/event-types")).status).toBe(404);
    expect((await browser.send("/dashboard/accounts/nobody/event-types/edit", FORM)).status).toBe(404);
  });
});

describe("a tenant", () => {
  it("reads what the types are, and can change none", async () => {
    await browser.submit(`${path}/edit`, FORM);
    const { browser: portal } = await tenant(account);
    expect((await portal.visit("/portal")).text).toContain('href="/portal/event-types"');
    const { text } = await portal.visit("/portal/event-types");
    expect(text, "without a click").toMatch(/<summary><bdi>order\.paid<\/bdi>[^/]*Paid\./);
    expect(text).not.toMatch(/event-types\/(?:edit|remove)/);
    for (const form of ["edit", "remove"]) {
      expect((await portal.send(`/portal/event-types/${form}`, FORM)).status).toBe(404);
    }
  });

  it("reads nothing of another account", async () => {
    const stranger = await newAccount();
    await call("PUT", `/accounts/${stranger.account_id}/event-types/foreign.type`, {});
    const { browser: portal } = await tenant(account);
    expect((await portal.visit("/portal/event-types")).text).not.toContain("foreign.type");
    expect((await portal.visit(`/dashboard/accounts/${stranger.account_id}/event-types`)).status).not.toBe(200);
  });
});

describe("the form of a destination", () => {
  const DESTINATION = { url: "https://crm.example/hook", http_method: "POST", description: "", enabled: "true" };

  it("offers the types to tick, beside those that are written, to operators and tenants", async () => {
    await browser.submit(`${path}/edit`, FORM);
    const { browser: portal } = await tenant(account);
    for (const [one, form] of [
      [browser, `/dashboard/new-destination?account_id=${account.account_id}`],
      [portal, "/portal/new-destination"],
    ] as const) {
      expect((await one.visit(form)).text).toMatch(/name="event_types" value="order\.paid".*Paid\./s);
      const wrong = await one.send(form, {
        ...DESTINATION,
        url: "nonsense",
        event_types: ["order.refunded", "order.paid"],
      });
      expect(wrong.text).toContain('value="order.refunded, order.paid"');
      expect((await one.send(form, { ...DESTINATION, event_types: ["order.refunded", "order.paid"] })).status).toBe(
        303,
      );
    }
    const { json } = await call<{ data: { destination_id: string; event_types: string[] }[] }>(
      "GET",
      `/accounts/${account.account_id}/destinations`,
    );
    expect(json.data.map(({ event_types }) => event_types)).toEqual(Array(2).fill(["order.refunded", "order.paid"]));
    const edit = await browser.visit(`/dashboard/destinations/${json.data[0]?.destination_id}/edit`);
    expect(edit.text).toMatch(
      /value="order\.refunded, order\.paid".*type="checkbox" name="event_types" value="order\.paid"/s,
    );
  });
});

describe("an event that breaks its schema", () => {
  it("says so in lists and, with the places, on its page", async () => {
    await browser.submit(`${path}/edit`, FORM);
    const { event_id } = await send(account, '{"type":"order.paid"}');
    await send(account, '{"type":"order.paid","id":1}');
    const { text } = await browser.visit(`/dashboard/events?account_id=${account.account_id}`);
    expect(text.match(/breaks its schema/g)).toHaveLength(1);
    expect((await browser.visit(`/dashboard/events/${event_id}`)).text).toMatch(
      /Breaks its schema.*<code>id<.*This is missing/s,
    );
  });
});
