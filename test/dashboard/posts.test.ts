import { afterEach, describe, expect, it, vi } from "vitest";
import { operator, operatorKey, shownOnce } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, unique } from "../support/tenants";

afterEach(() => {
  vi.useRealTimers();
});

describe("what becomes an address to go to", () => {
  const LINES = "/dashboard/\r\nX-Forged: yes";

  it("stays one line, whether it came by the path or by a form", async () => {
    const browser = await operator();
    expect((await browser.visit("/dashboard/destinations/x%0d%0ay/recover")).location).toBe(
      "/dashboard/destinations/x%0D%0Ay",
    );
    expect((await browser.visit("/dashboard/destinations/%00/recover")).location).toBe("/dashboard/destinations/%00");
    const themed = await browser.send("/dashboard/theme", { theme: "dark", back: LINES });
    expect([themed.status, themed.location]).toEqual([303, "/dashboard/%0D%0AX-Forged:%20yes"]);
    expect(themed.headers.get("x-forged")).toBeNull();
  });

  it("keeps its query, its escapes and its letters", async () => {
    const browser = await operator();
    const back = "/dashboard/events?q=caf%C3%A9&from=2026-11-24T08:30";
    expect((await browser.send("/dashboard/theme", { theme: "dark", back })).location).toBe(back);
    expect((await browser.send("/dashboard/theme", { theme: "dark", back: "/dashboard/é" })).location).toBe(
      "/dashboard/%C3%A9",
    );
  });
});

describe("a post that is no form", () => {
  it.each(["application/x-www-form-urlencoded-foo", "application/json", "multipart/form-data"])(
    "is refused as %s",
    async (type) => {
      const browser = await operator();
      const answer = await browser.send("/dashboard/theme", {}, { "content-type": type });
      expect(answer.status).toBe(415);
    },
  );
});

describe("what is shown once", () => {
  /** Each form that makes a secret: where it is, and what is filled in. */
  const MAKERS: [what: string, form: () => Promise<[path: string, fields: Record<string, string>]>][] = [
    ["an account's first token", async () => ["/dashboard/new-account", newAccountFields()]],
    ["an account's new token", async () => [`/dashboard/accounts/${(await newAccount()).account_id}/token`, {}]],
    ["a portal link", async () => [`/dashboard/accounts/${(await newAccount()).account_id}/portal-links`, {}]],
    ["a key", async () => ["/dashboard/keys", { name: unique("key"), role: "viewer" }]],
    ["a destination's first secret", async () => newDestinationForm()],
    ["a destination's new secret", async () => [`/dashboard/destinations/${await newDestination()}/secret`, {}]],
  ];

  it.each(MAKERS)("survives the redirect and a reload, in no address: %s", async (_what, form) => {
    const browser = await operator();
    const [path, fields] = await form();
    const answer = await browser.send(path, fields);
    expect(answer.status, answer.text).toBe(303);
    const page = await browser.visit(answer.location!);
    const secret = shownOnce(page);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(shownOnce(await browser.visit(answer.location!))).toBe(secret);
    const sent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    expect(decodeURIComponent(sent)).not.toContain(secret);
    expect(answer.text).not.toContain(secret);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/; Max-Age=300; .*HttpOnly; Secure; SameSite=Lax/);
    expect(cookie).toContain(`; Path=${answer.location};`);
  });

  it("is shown on its own page only, and to nobody else who has its cookie", async () => {
    const maker = await operator();
    const first = await maker.send("/dashboard/new-account", newAccountFields());
    const cookie = maker.cookieOf("dp_shown_once");
    const second = await maker.send("/dashboard/new-account", newAccountFields());
    const other = await operator((await operatorKey("admin")).operator_key);
    for (const [browser, path] of [
      [maker, second.location!],
      [other, first.location!],
    ] as const) {
      browser.setCookie("dp_shown_once", cookie);
      const page = await browser.visit(path);
      expect([page.status, page.location]).toEqual([303, path.replace(/\/created$/, "")]);
    }
    maker.setCookie("dp_shown_once", cookie);
    expect(shownOnce(await maker.visit(first.location!))).toMatch(/./);
  });

  it("is gone after some minutes, though the cookie was kept", async () => {
    const browser = await operator();
    const { location } = await browser.send("/dashboard/new-account", newAccountFields());
    const made = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: made + 290_000 });
    expect((await browser.visit(location!)).status).toBe(200);
    vi.setSystemTime(made + 301_000);
    expect((await browser.visit(location!)).status).toBe(303);
  });
});

function newAccountFields() {
  return { account_name: "Made once", email: `${unique("once")}@example.com` };
}

async function newDestination(): Promise<string> {
  return (await addDestination(await newAccount(), openReceiver().url)).destination_id;
}

async function newDestinationForm(): Promise<[string, Record<string, string>]> {
  const { account_id } = await newAccount();
  return [`/dashboard/new-destination?account_id=${account_id}`, { url: openReceiver().url, http_method: "POST" }];
}
