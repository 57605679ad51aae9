import { describe, expect, it, vi } from "vitest";
import { call, openGateway } from "../support/gateway";
import { lastAt, openReceiver } from "../support/receivers";
import { addDestination, type Destination, ingest, newAccount, type Received, send, settled } from "../support/tenants";

/** What is shown of a URL that was typed so, and which one is called. `{}` is the receiver. */
async function shownAndCalled(typed: string) {
  const account = await newAccount();
  const receiver = openReceiver();
  const added = await addDestination(account, typed.replace("{}", new URL(receiver.url).host));
  const shown = await call<Destination>("GET", `/destinations/${added.destination_id}`);
  expect(shown.json.url).toBe(added.url);
  await settled((await send(account, "{}")).event_id);
  return { shown: added.url, called: lastAt(receiver).url.href };
}

describe("a destination's URL is shown as it is called", () => {
  it.each([
    "  https://{}/three\n",
    "https://{}\\@trusted.example/pay",
    "https://{}",
    "https://{}:443/a/../b/./c;d=ü e#fragment",
    "HTTPS://{}/%7Bx};f={a,b}",
    "\u00a0https://{}/x\ufeff",
  ])("%j", async (typed) => {
    const { shown, called } = await shownAndCalled(typed);
    expect(shown).toBe(called);
    expect(shown).not.toContain("#");
  });

  it("on a change as well", async () => {
    const { account_id } = await newAccount();
    const { destination_id } = await addDestination({ account_id }, "https://a.example/x");
    const url = " https://b.example\\@a.example/pay ";
    const { json } = await call<Destination>("PATCH", `/destinations/${destination_id}`, { url });
    expect(json.url).toBe("https://b.example/@a.example/pay");
  });
});

it.each([
  "https://a.example/one\nhttps://a.example/two",
  "https://a.example/one\r\ntwo",
  "https://a.exa\tmple/",
  "https://a.example/\u0000x",
  "https://a.example/\u0085x",
])("%j is refused: it would be called as something else", async (url) => {
  const { account_id } = await newAccount();
  const { status, json } = await call("POST", "/destinations", { account_id, url, http_method: "POST", headers: {} });
  expect([status, json.errors]).toEqual([400, [{ path: "url", message: expect.stringContaining("line breaks") }]]);
});

describe("where destinations may lead", () => {
  const save = async (url: string, settings: Record<string, string>) => {
    const { account_id } = await newAccount();
    const body = { account_id, url, http_method: "POST", headers: {} };
    const { status, json } = await call("POST", "/destinations", body, openGateway(settings));
    return status === 201 ? "saved" : json.errors.map(({ path }) => path);
  };

  it("is https alone with HTTPS_ONLY", async () => {
    expect(await save("http://crm.example/", { HTTPS_ONLY: "true" })).toEqual(["url"]);
    expect(await save("https://crm.example/", { HTTPS_ONLY: "true" })).toBe("saved");
    expect(await save("http://crm.example/", { HTTPS_ONLY: "false" })).toBe("saved");
  });

  it("are the hosts of ALLOWED_DESTINATIONS, whatever their case and script", async () => {
    const settings = { ALLOWED_DESTINATIONS: " CRM.example, *.bücher.example,," };
    expect(await save("https://crm.example/x", settings)).toBe("saved");
    expect(await save("https://a.xn--bcher-kva.example/x", settings)).toBe("saved");
    expect(await save("https://other.example/x", settings)).toEqual(["url"]);
    expect(await save("https://other.example/x", { ALLOWED_DESTINATIONS: "" })).toBe("saved");
  });

  it("holds for what was stored before as well, and the delivery says why", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const { json } = await ingest<Received>(
      account.app_secret_token,
      "{}",
      openGateway({ ALLOWED_DESTINATIONS: "crm.example" }),
    );
    const { deliveries } = await settled(json.event_id);
    expect(deliveries).toMatchObject([{ state: "discarded", reason: "unsendable" }]);
    expect(receiver.arrived).toEqual([]);
  });

  it("includes where alerts go, or the gateway says that its settings are wrong", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const settings = { ALLOWED_DESTINATIONS: "crm.example", ALERT_WEBHOOK_URL: "https://pager.example/hook" };
    expect((await call("GET", "/accounts", undefined, openGateway(settings))).status).toBe(503);
    settings.ALLOWED_DESTINATIONS += ",pager.example";
    expect((await call("GET", "/accounts", undefined, openGateway(settings))).status).toBe(200);
  });
});
