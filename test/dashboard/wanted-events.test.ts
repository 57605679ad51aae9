/** Types and filters on the pages: set, tried before they are saved, and explained. */
import { describe, expect, it } from "vitest";
import { nextMillisecond } from "../support/clock";
import { call } from "../support/gateway";
import { type Browser, errorsIn, hiddenIn, operator, type Page, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, type Destination, newAccount, send, settled, unique } from "../support/tenants";

const FILTER = '{"total": {"$gte": 12345678901234567890}}';

type Home = { account: Account; destination: Destination; browser: Browser; path: string };

async function home(who: "operator" | "tenant"): Promise<Home> {
  const account = await newAccount({ event_type_path: "type" });
  const destination = await addDestination(account, openReceiver().url);
  const browser = who === "operator" ? await operator() : (await tenant(account)).browser;
  const base = who === "operator" ? "/dashboard" : "/portal";
  return { account, destination, browser, path: `${base}/destinations/${destination.destination_id}` };
}

async function fill({ browser, path, destination }: Home, fields: Record<string, string>): Promise<Page> {
  const form = await browser.visit(`${path}/edit`);
  return browser.send(`${path}/edit`, {
    url: destination.url,
    http_method: "POST",
    enabled: "true",
    event_types: "",
    filter: "",
    read_at: hiddenIn(form, "read_at"),
    form_token: unique("form"),
    ...fields,
  });
}

describe.each(["operator", "tenant"] as const)("a destination's form, for an %s,", (who) => {
  it("takes types and a filter, as it is written, and gives them back", async () => {
    const at = await home(who);
    expect((await fill(at, { event_types: "order.*, invoice.paid", filter: FILTER })).status).toBe(303);
    const { text } = await at.browser.visit(`${at.path}/edit`);
    expect(text).toContain('value="order.*, invoice.paid"');
    expect(text).toContain(FILTER.replaceAll('"', "&quot;"));
    expect((await at.browser.visit(at.path)).text).toContain("12345678901234567890");
    expect((await fill(at, {})).status).toBe(303);
    const { json } = await call<Destination>("GET", `/destinations/${at.destination.destination_id}`);
    expect(json).toMatchObject({ event_types: [], filter: null, filter_revision: 2 });
  });

  it("says what is wrong with them, beside the field, and keeps what was written", async () => {
    const at = await home(who);
    const page = await fill(at, { event_types: "a*b", filter: '{"a": {"$regex": "x"}}' });
    expect(page.status).toBe(400);
    expect(errorsIn(page).event_types).toContain("Give a type");
    expect(errorsIn(page).filter).toContain("a.$regex");
    expect(page.text).toContain("$regex");
    expect(errorsIn(await fill(at, { filter: "{" })).filter).toContain("Give a JSON object");
  });

  it("shows how the latest events would fare, and saves nothing", async () => {
    const at = await home(who);
    for (const total of [50, 150]) await send(at.account, JSON.stringify({ type: "order.paid", total }));
    const { status, text } = await fill(at, { filter: '{"total": {"$gte": 100}}', try: "1" });
    expect(status).toBe(200);
    expect(text).toContain("1 of the last 2 events would be sent");
    expect(text).toContain("not sent: total is 50, not 100 or greater (total.$gte).");
    expect(text).toContain("{&quot;total&quot;: {&quot;$gte&quot;: 100}}");
    const { json } = await call<Destination>("GET", `/destinations/${at.destination.destination_id}`);
    expect(json.filter).toBeNull();
  });
});

it("an event's page shows every destination and why it went there or not, and a delivery's offers to send it", async () => {
  const at = await home("tenant");
  await fill(at, { filter: '{"total": {"$gte": 100}}' });
  await addDestination(at.account, openReceiver().url, { event_types: ["invoice.*"] });
  const { event_id } = await send(at.account, '{"type":"order.paid","total":50}');
  const event = await settled(event_id);
  const { text } = await at.browser.visit(`/portal/events/${event_id}`);
  expect(text).toContain("total is 50, not 100 or greater (total.$gte).");
  expect(text).toContain("The event&#39;s type is order.paid; the destination asks for invoice.*.");
  expect(text).toContain("No destination asked for this event.");
  expect(text, "which would leave them alone").not.toContain("Send again to all");
  const filtered = event.deliveries.find(({ reason }) => reason === "filter");
  const path = `/portal/deliveries/${filtered?.delivery_id}`;
  expect((await at.browser.visit(path)).text).toContain("Send it all the same");
  await at.browser.submit(`${path}/redeliver`);
  const sent = await settled(event_id);
  expect(sent.deliveries.map(({ state }) => state).sort()).toEqual(["delivered", "filtered"]);
});

it("an event's page delivers it to a destination that was added after it came", async () => {
  const at = await home("tenant");
  const { event_id } = await send(at.account, "{}");
  await settled(event_id);
  await nextMillisecond();
  const later = openReceiver();
  const { destination_id } = await addDestination(at.account, later.url, { event_types: ["nothing"] });
  const path = `/portal/events/${event_id}`;
  expect((await at.browser.visit(path)).text).toContain(`name="destination_id" value="${destination_id}"`);
  const { location } = await at.browser.send(`${path}/deliver`, { destination_id });
  expect(location).toMatch(/^\/portal\/deliveries\/dlv_\w+\?sent=1$/);
  expect((await at.browser.visit(location ?? "")).text).toContain("It is under way");
  const { deliveries } = await settled(event_id);
  expect([later.arrived.length, deliveries.map(({ state }) => state)]).toEqual([1, ["delivered", "delivered"]]);
  expect((await at.browser.visit(path)).text).not.toContain('name="destination_id"');
});

it("and to no other account's, nor one that there is not", async () => {
  const at = await home("tenant");
  const foreign = await home("operator");
  const { event_id } = await send(at.account, "{}");
  await settled(event_id);
  const deliver = (destination_id: string) => at.browser.send(`/portal/events/${event_id}/deliver`, { destination_id });
  expect((await deliver(foreign.destination.destination_id)).location).toBe(`/portal/events/${event_id}?sent=0`);
  expect((await deliver("nothing")).status).toBe(404);
  expect((await settled(event_id)).deliveries).toHaveLength(1);
});

it.each(["events", "deliveries"])("the list of %s shows the type and is filtered by it", async (list) => {
  const at = await home("operator");
  for (const type of ["order.paid", "<b>"]) {
    await settled((await send(at.account, JSON.stringify({ type }))).event_id);
  }
  const { text } = await at.browser.visit(`/dashboard/${list}?account_id=${at.account.account_id}`);
  expect(text).toContain("<th>Type</th>");
  expect(text).toContain("&lt;b&gt;");
  expect(text).not.toContain("<b>");
  const { text: some } = await at.browser.visit(
    `/dashboard/${list}?account_id=${at.account.account_id}&event_type=order.paid`,
  );
  expect(some).toContain("order.paid</bdi>");
  expect(some).not.toContain("&lt;b&gt;");
});
