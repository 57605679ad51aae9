import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call } from "../support/gateway";
import { operator, operatorKey, shownOnce } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, send, settled, unique } from "../support/tenants";

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
    [
      "a portal link",
      async () => [`/dashboard/accounts/${(await newAccount()).account_id}/portal-links`, { role: "editor" }],
    ],
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
    const cookie = maker.cookieOf("__Secure-dp_shown_once");
    const second = await maker.send("/dashboard/new-account", newAccountFields());
    const other = await operator((await operatorKey("admin")).operator_key);
    for (const [browser, path] of [
      [maker, second.location!],
      [other, first.location!],
    ] as const) {
      browser.setCookie("__Secure-dp_shown_once", cookie);
      const page = await browser.visit(path);
      expect([page.status, page.location]).toEqual([303, path.replace(/\/created$/, "")]);
    }
    maker.setCookie("__Secure-dp_shown_once", cookie);
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

describe("a form that is sent twice", () => {
  const token = () => ({ form_token: crypto.randomUUID() });

  it("acts once by a double click, and both are shown the same secret", async () => {
    const { account_id } = await newAccount();
    const path = `/dashboard/new-destination?account_id=${account_id}`;
    const fields = { url: openReceiver().url, http_method: "POST", ...token() };
    const [one, two] = [await operator(), await operator()];
    const [first, second] = await Promise.all([one.send(path, fields), two.send(path, fields)]);
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(second.location).toBe(first.location);
    expect(shownOnce(await two.visit(second.location!))).toBe(shownOnce(await one.visit(first.location!)));
    expect(await destinationsOf(account_id)).toHaveLength(1);
  });

  it("acts once by a reload, and shows the new account's token again", async () => {
    const browser = await operator();
    const fields = { ...newAccountFields(), ...token() };
    const first = await browser.submit("/dashboard/new-account", fields);
    expect(shownOnce(await browser.submit("/dashboard/new-account", fields))).toBe(shownOnce(first));
  });

  it("makes one key and sends one test event", async () => {
    const browser = await operator();
    const key = { name: unique("twice"), role: "viewer", ...token() };
    for (let i = 0; i < 2; i++) await browser.submit("/dashboard/keys", key);
    const { json } = await call<{ data: { name: string }[] }>("GET", "/keys");
    expect(json.data.filter(({ name }) => name === key.name)).toHaveLength(1);
    const receiver = openReceiver();
    const { destination_id } = await addDestination(await newAccount(), receiver.url);
    const test = token();
    for (let i = 0; i < 2; i++) await browser.submit(`/dashboard/destinations/${destination_id}/test`, test);
    expect(receiver.arrived).toHaveLength(1);
  });

  it("acts again when it says something else, comes from another page or from somebody else", async () => {
    const [one, two] = [await operator(), await operator((await operatorKey("admin")).operator_key)];
    const [mine, other] = [await newAccount(), await newAccount()];
    const fields = { url: openReceiver().url, http_method: "POST", ...token() };
    const path = `/dashboard/new-destination?account_id=${mine.account_id}`;
    await one.submit(path, fields);
    await one.submit(path, { ...fields, description: "another one" });
    await two.submit(path, fields);
    await one.submit(`/dashboard/new-destination?account_id=${other.account_id}`, fields);
    expect(await destinationsOf(mine.account_id)).toHaveLength(3);
    expect(await destinationsOf(other.account_id)).toHaveLength(1);
  });

  it("may be sent again as it is after it was refused", async () => {
    const browser = await operator();
    const taken = await newAccount();
    const fields = { ...newAccountFields(), account_id: taken.account_id, ...token() };
    expect((await browser.send("/dashboard/new-account", fields)).status).toBe(409);
    await call("DELETE", `/accounts/${taken.account_id}`);
    expect(shownOnce(await browser.submit("/dashboard/new-account", fields))).not.toBe("");
  });

  it("acts anew after ten minutes", async () => {
    const browser = await operator();
    const { account_id } = await newAccount();
    const path = `/dashboard/new-destination?account_id=${account_id}`;
    const fields = { url: openReceiver().url, http_method: "POST", ...token() };
    await browser.submit(path, fields);
    const sent = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: sent + 590_000 });
    await browser.submit(path, fields);
    expect(await destinationsOf(account_id)).toHaveLength(1);
    vi.setSystemTime(sent + 601_000);
    await browser.submit(path, fields);
    expect(await destinationsOf(account_id)).toHaveLength(2);
  });

  it("is stored without what it says or shows", async () => {
    const browser = await operator();
    const fields = { name: unique("unseen"), role: "viewer", ...token() };
    const secret = shownOnce(await browser.submit("/dashboard/keys", fields));
    const { results } = await env.DB.prepare("SELECT * FROM submissions").all();
    expect(results).not.toEqual([]);
    for (const text of [secret, fields.name, fields.form_token]) {
      expect(decodeURIComponent(JSON.stringify(results))).not.toContain(text);
    }
  });
});

describe("every form that changes something", () => {
  it("has a token of its own", async () => {
    const browser = await operator();
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver().url);
    const sent = await send(account, "{}");
    const event = await settled(sent.event_id);
    await call("POST", `/accounts/${account.account_id}/portal-links`, {});
    await operatorKey("viewer");
    const paths = [
      "/new-account",
      "/keys",
      "/deliveries",
      `/events/${sent.event_id}`,
      `/deliveries/${event.deliveries[0]!.delivery_id}`,
      `/new-destination?account_id=${account.account_id}`,
      ...["", "/edit", "/token", "/portal-links", "/remove"].map((rest) => `/accounts/${account.account_id}${rest}`),
      ...["", "/edit", "/secret", "/remove"].map((rest) => `/destinations/${destination_id}${rest}`),
    ];
    const tokens: string[] = [];
    for (const path of paths) {
      const { text } = await browser.visit(`/dashboard${path}`);
      const forms = [...text.matchAll(/<form method="post"([^>]*)>(.*?)<\/form>/g)].filter(
        ([, attributes]) => !/\/(?:theme|sign-out)"/.test(attributes!),
      );
      expect(forms, path).not.toEqual([]);
      tokens.push(
        ...forms.map(([, , inner]) => /name="form_token" value="([^"]+)"/.exec(inner!)?.[1] ?? `none: ${path}`),
      );
    }
    expect(tokens.filter((token) => !/^[0-9a-f-]{36}$/.test(token))).toEqual([]);
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

async function destinationsOf(accountId: string): Promise<unknown[]> {
  return (await call<{ data: unknown[] }>("GET", `/accounts/${accountId}/destinations`)).json.data;
}

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
