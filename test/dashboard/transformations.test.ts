/** Transformation and templates on the form of a destination. */
import { describe, expect, it } from "vitest";
import presets from "../../src/transformations/presets.json";
import { call } from "../support/gateway";
import { type Browser, errorsIn, hiddenIn, operator, type Page, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, type Destination, newAccount, send, settled, unique } from "../support/tenants";

type Home = { account: Account; destination: Destination; browser: Browser; path: string };

async function home(who: "operator" | "tenant", query = "", input: Record<string, unknown> = {}): Promise<Home> {
  const account = await newAccount();
  const destination = await addDestination(account, openReceiver().url + query, input);
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
    read_at: hiddenIn(form, "read_at"),
    form_token: unique("form"),
    ...fields,
  });
}

describe.each(["operator", "tenant"] as const)("a destination's form, for an %s,", (who) => {
  it("takes every preset, gives it back, and empties both fields again", async () => {
    const at = await home(who);
    const stored = async () => (await call("GET", `/destinations/${at.destination.destination_id}`)).json;
    for (const { transformation, templates } of presets) {
      // as browsers end lines
      const written = {
        transformation: transformation?.replaceAll("\n", "\r\n") ?? "",
        templates: templates === null ? "" : JSON.stringify(templates, null, 2),
      };
      expect((await fill(at, written)).status).toBe(303);
      expect(await stored()).toMatchObject({ transformation, templates });
      expect((await at.browser.visit(`${at.path}/edit`)).status).toBe(200);
    }
    expect((await fill(at, { transformation: "", templates: "" })).status).toBe(303);
    expect(await stored()).toMatchObject({ transformation: null, templates: null });
  });

  it("says what is wrong with them, beside the field, and keeps what was written", async () => {
    const at = await home(who);
    const page = await fill(at, { transformation: "$eval(code)", templates: '{"path": "orders"}' });
    expect(page.status).toBe(400);
    expect(errorsIn(page).transformation).toContain("$eval is left out");
    expect(errorsIn(page).templates).toContain("path: A path begins with /");
    expect(page.text).toContain("$eval(code)");
    expect(errorsIn(await fill(at, { templates: "{" })).templates).toContain("Give templates");
  });

  it("shows how the latest events would fare, the newest side by side, and saves nothing", async () => {
    const at = await home(who);
    for (const n of ['"<b>"', "21"]) await send(at.account, `{"n":${n}}`);
    const { status, text } = await fill(at, {
      transformation: "{\r\n'double': n * 2}",
      templates: '{"path": "/{{ body.n }}", "headers": {"X-N": "{{ body.n }}"}}',
      try: "1",
    });
    expect(status).toBe(200);
    expect(text).toContain("1 of the last 2 events would be sent, 1 would fail");
    expect(text).toContain("fails: The transformation fails: Left of * must be a number (at character 15)");
    expect(text).toMatch(
      /The newest of them as it came.*>21<.*As it would be sent.*…\/21<\/bdi>\n<bdi>X-N: 21<.*double.*>42</s,
    );
    const { json } = await call("GET", `/destinations/${at.destination.destination_id}`);
    expect(json).toMatchObject({ transformation: null, templates: null });
  });

  it("says what is wrong with them when they are tried", async () => {
    const at = await home(who);
    const page = await fill(at, { transformation: "a b", try: "1" });
    expect([page.status, errorsIn(page).transformation]).toEqual([400, "b does not belong here (at character 3)"]);
  });
});

const ORDER = '{"order":{"id":"<A>"}}';
const SHAPE = {
  transformation: '{"text": "Order " & order.id}',
  templates: { query: { n: "{{ body.order.id }}" } },
  headers: { Authorization: "Bearer s3cret" },
};

describe.each(["operator", "tenant"] as const)("a preview, for an %s,", (who) => {
  async function shaped(input: Record<string, unknown> = SHAPE) {
    const at = await home(who, `?key=s3cret`, input);
    const { event_id } = await send(at.account, ORDER);
    await settled(event_id);
    return { ...at, eventId: event_id };
  }

  it("has the event as it came beside the request that would be sent, with what is secret masked", async () => {
    const { browser, path, eventId } = await shaped();
    const { status, text } = await browser.visit(`${path}/preview?event_id=${eventId}`);
    expect(status).toBe(200);
    expect(text).toMatch(
      /It would be sent.*The event as it came.*order.*&quot;?&lt;A&gt;.*as it would be sent.*key=\*\*\*&amp;n=%3CA%3E.*Order &lt;A&gt;/s,
    );
    expect(text).toMatch(/Authorization<\/bdi>: <bdi>\*\*\*/);
    expect(text).not.toContain("s3cret");
    expect(text).not.toContain("<A>");
  });

  it("is of the latest event where none is named, and leads on to the others", async () => {
    const { account, browser, path, eventId } = await shaped();
    const { event_id: other } = await send(account, '{"order":{"id":"B"}}');
    const { text } = await browser.visit(`${path}/preview`);
    const [shown, next] = text.includes("Order B") ? [other, eventId] : [eventId, other];
    expect(text).toMatch(/Order (B|&lt;A&gt;)/);
    expect(text).toContain(`/preview?event_id=${next}`);
    expect(text).not.toContain(`/preview?event_id=${shown}`);
  });

  it("is reached from the destination and from the event", async () => {
    const { browser, path, eventId } = await shaped();
    expect((await browser.visit(path)).text).toContain(`href="${path}/preview"`);
    const base = path.split("/destinations/")[0];
    expect((await browser.visit(`${base}/events/${eventId}`)).text).toContain(
      `href="${path}/preview?event_id=${eventId}"`,
    );
  });

  it("says why nothing can be sent", async () => {
    const { browser, path } = await shaped({ transformation: "order + 1" });
    const { text } = await browser.visit(`${path}/preview`);
    expect(text).toMatch(/Nothing can be sent.*Left of \+ must be a number \(at character 7\)/s);
  });

  it("says why the destination would not get it, and shows it all the same", async () => {
    const { browser, path } = await shaped({ ...SHAPE, filter: { order: { id: "B" } } });
    const { text } = await browser.visit(`${path}/preview`);
    expect(text).toMatch(/does not ask for it.*order\.id is &quot;&lt;A&gt;&quot;.*Order &lt;A&gt;/s);
  });

  it("does not say that a disabled destination would get it", async () => {
    const { destination, browser, path } = await shaped();
    await call("DELETE", `/destinations/${destination.destination_id}/activation`);
    const { text } = await browser.visit(`${path}/preview`);
    expect(text).toMatch(/The destination is disabled<.*Order &lt;A&gt;/s);
    expect(text).not.toContain("It would be sent");
  });

  it("is of no other account's event, and says where there is none yet", async () => {
    const at = await home(who);
    const { eventId } = await shaped();
    expect((await at.browser.visit(`${at.path}/preview?event_id=${eventId}`)).status).toBe(404);
    expect((await at.browser.visit(`${at.path}/preview`)).text).toContain("The account has no event yet");
  });
});

describe("what is sent in another shape", () => {
  it("is shown in it, and is not passed off as the payload", async () => {
    const at = await home("operator", "", SHAPE);
    const { event_id } = await send(at.account, ORDER);
    const [delivery] = (await settled(event_id)).deliveries;
    const { text } = await at.browser.visit(`/dashboard/deliveries/${delivery?.delivery_id}`);
    expect(text).toContain("Order &lt;A&gt;");
    expect(text).not.toContain("Save as received");
    const plain = await home("operator");
    const { event_id: other } = await send(plain.account, ORDER);
    const [as] = (await settled(other)).deliveries;
    expect((await plain.browser.visit(`/dashboard/deliveries/${as?.delivery_id}`)).text).toContain("Save as received");
  });

  it("stands on the destination's page as it is set", async () => {
    const at = await home("operator", "", SHAPE);
    const { text } = await at.browser.visit(at.path);
    expect(text).toContain("{&quot;text&quot;: &quot;Order &quot; &amp; order.id}");
    expect(text).toContain("{{ body.order.id }}");
  });

  it("says of what failed why, in place of a request, on the page of a delivery and of a test", async () => {
    const at = await home("operator", "", { transformation: "order + 1" });
    const { event_id } = await send(at.account, ORDER);
    const [delivery] = (await settled(event_id)).deliveries;
    const { text } = await at.browser.visit(`/dashboard/deliveries/${delivery?.delivery_id}`);
    expect(text).toMatch(/As the destination is set now, nothing can be sent:.*Left of \+ must be a number/);
    await call("PATCH", `/destinations/${at.destination.destination_id}`, { transformation: "$error('No test')" });
    expect((await at.browser.submit(`${at.path}/test`)).text).toMatch(/nothing can be sent:.*No test/);
  });
});
