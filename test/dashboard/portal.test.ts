import { afterEach, describe, expect, it, vi } from "vitest";
import { pages } from "../../src/dashboard/routes";
import { call } from "../support/gateway";
import { household } from "../support/household";
import { Browser, enter, ORIGIN, operator, operatorKey, shownOnce, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, type Destination, newAccount, unique } from "../support/tenants";

type Route = { method: string; path: string };

/** Every page and form there is. */
const ROUTES: Route[] = pages()
  .routes.filter(({ method, path }) => ["GET", "POST"].includes(method) && /^\/(?:dashboard|portal)/.test(path))
  .filter((route, i, all) => all.findIndex((other) => other.method === route.method && other.path === route.path) === i)
  .map(({ method, path }) => ({ method, path }));
const HOSTILE = "<img src=x>";
const OPEN = ["/dashboard/sign-in", "/dashboard/sign-out", "/portal/enter", "/portal/closed", "/portal/sign-out"];
const GUARDED = ROUTES.filter(({ path }) => !OPEN.includes(path));

afterEach(() => vi.useRealTimers());

/** Neither the link's page nor its form lets anybody in. */
async function expectClosed(url: string): Promise<void> {
  const browser = new Browser();
  expect((await browser.visit(url)).location).toBe("/portal/closed");
  const answer = await browser.send("/portal/enter", { link: new URL(url, ORIGIN).searchParams.get("link") ?? "" });
  expect([answer.status, answer.location, browser.cookie]).toEqual([303, "/portal/closed", ""]);
}

/** All pages that links lead to, with what they say. */
async function crawled(browser: Browser): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  const ahead = ["/portal"];
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    if (seen.has(path)) continue;
    const { text } = await browser.visit(path);
    seen.set(path, text);
    for (const [, link] of text.matchAll(/ href="(\/portal[^"]*)"/g)) ahead.push(link!.replaceAll("&amp;", "&"));
  }
  return seen;
}

type Link = { portal_link_id: string; url: string; last_used_at: string | null };

async function newLink(account: Account, input: Record<string, unknown>): Promise<{ linkId: string; url: string }> {
  const made = await call<Link>("POST", `/accounts/${account.account_id}/portal-links`, input);
  expect(made.status, made.text).toBe(201);
  const { pathname, search } = new URL(made.json.url);
  return { linkId: made.json.portal_link_id, url: pathname + search };
}

/** The link as the API lists it. */
async function listed(account: Account, linkId: string): Promise<Link | undefined> {
  const { json } = await call<{ data: Link[] }>("GET", `/accounts/${account.account_id}/portal-links`);
  return json.data.find(({ portal_link_id }) => portal_link_id === linkId);
}

let made: ReturnType<typeof household> | undefined;

/** One that nobody here may change. */
function untouched() {
  made ??= household();
  return made;
}

function filled(path: string, ids: Record<string, string>): string {
  return path.replace(/:(\w+)/g, (_, name) => ids[name] ?? `no-id-for-${name}`);
}

/** Everything that a form could ask for. */
function everything(ids: Record<string, string>): [string, string][] {
  return Object.entries({
    ...ids,
    url: "https://evil.example/",
    http_method: "POST",
    enabled: "true",
    email: `${unique("m")}@example.com`,
    account_name: "changed",
    name: "changed",
    role: "admin",
    overlap_seconds: "0",
    expires_in_seconds: "3600",
    from: "2020-01-01T00:00",
    theme: "dark",
    back: "/",
  });
}

async function stateOf(ids: Record<string, string>): Promise<string> {
  const paths = [
    `/accounts/${ids.account_id}`,
    `/events/${ids.event_id}`,
    `/recoveries/${ids.recovery_id}`,
    `/accounts/${ids.account_id}/tokens`,
  ];
  const answers = await Promise.all(paths.map((path) => call("GET", path)));
  return JSON.stringify(answers.map(({ json }) => json));
}

it("there are all these pages and forms", () => {
  expect(GUARDED.length).toBeGreaterThan(50);
  for (const { path } of GUARDED)
    expect(
      filled(path, {}).replace(
        /no-id-for-(account_id|destination_id|event_id|delivery_id|recovery_id|link_id|token_id|key_id|dead_letter_id)/g,
        "",
      ),
    ).not.toContain("no-id-for");
});

describe("a tenant's pages", () => {
  it("lead to no page of the operator's, and not to the management API", async () => {
    const { account } = await household();
    const { browser } = await tenant(account);
    const seen = new Set<string>();
    const ahead = ["/portal"];
    for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { text, location } = await browser.visit(path);
      const links = [...text.matchAll(/ (?:href|action)="([^"]*)"/g)].map(([, link]) => link!.replaceAll("&amp;", "&"));
      for (const link of [...links, ...(location === null ? [] : [location])]) {
        const { origin, pathname, search } = new URL(link, ORIGIN + path);
        if (origin !== ORIGIN || pathname.startsWith("/assets/")) continue;
        expect([path, link, /^\/portal(?:\/|$)/.test(pathname)]).toEqual([path, link, true]);
        if (links.includes(link) && text.includes(`href="${link}`)) ahead.push(pathname + search);
      }
    }
    expect(seen.size).toBeGreaterThan(10);
    expect([...seen]).toContain("/portal/docs");
    const gone = await new Browser().visit("/portal/docs");
    expect([gone.status, gone.location]).toEqual([303, "/portal/closed"]);
    expect((await browser.visit("/portal/closed")).text).not.toMatch(/href="\/(?:dashboard|docs)/);
  });
});

describe("a portal link", () => {
  it("opens the account's own page, and stays in no address", async () => {
    const { account, destination, ids } = await household();
    const { browser } = await tenant(account);
    const { text, status } = await browser.visit("/portal");
    expect(status).toBe(200);
    expect(text).toContain(account.account_name);
    expect(text).toContain(`/portal/destinations/${destination.destination_id}`);
    expect(text).toContain(`/portal/events/${ids.event_id}`);
    expect(text).not.toContain("/dashboard");
    for (const path of ["/portal-links", "/token", "/revoke", `…${account.app_secret_token.slice(-4)}`, "/remove"])
      expect(text).not.toContain(path);
  });

  it("sets a cookie that no other host can set and no script can read", async () => {
    const { url } = await tenant(await newAccount());
    const answer = await enter(new Browser(), url);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-dp_tenant=dps_[0-9a-z_]+; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it.each(["", "x", `dpl_${"0".repeat(26)}_${"A".repeat(43)}`])("that is made up (%j) opens nothing", async (link) => {
    const browser = new Browser();
    for (const answer of [
      await browser.visit(`/portal/enter?link=${link}`),
      await browser.send("/portal/enter", { link }),
      await browser.send("/portal/enter"),
    ])
      expect([answer.status, answer.location, browser.cookie]).toEqual([303, "/portal/closed", ""]);
    const closed = await browser.visit("/portal/closed");
    expect(closed.status).toBe(401);
    expect(closed.text).toContain("no longer valid");
  });

  it("that is revoked ends its sessions at once", async () => {
    const account = await newAccount();
    const { browser, linkId, url } = await tenant(account);
    const other = await tenant(account);
    expect((await call("DELETE", `/accounts/${account.account_id}/portal-links/${linkId}`)).status).toBe(204);
    expect((await browser.visit("/portal")).location).toBe("/portal/closed");
    expect((await browser.send("/portal/new-destination", { url: "https://a.example" })).location).toBe(
      "/portal/closed",
    );
    await expectClosed(url);
    expect((await other.browser.visit("/portal")).status).toBe(200);
  });

  it("ends with its time, and its sessions with it", async () => {
    const { browser, url } = await tenant(await newAccount());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 + 1_000 });
    expect((await browser.visit("/portal")).location).toBe("/portal/closed");
    await expectClosed(url);
  });

  it("ends with its account, also when a new one has the same id", async () => {
    const account = await newAccount();
    const { browser, url } = await tenant(account);
    await call("DELETE", `/accounts/${account.account_id}`);
    expect((await browser.visit("/portal")).location).toBe("/portal/closed");
    await newAccount({ account_id: account.account_id });
    expect((await browser.visit("/portal")).location).toBe("/portal/closed");
    await expectClosed(url);
  });

  it("names its account, for whom it is and until when, and opens nothing until its button is pressed", async () => {
    const account = await newAccount({ account_name: unique("Name") });
    const { linkId, url } = await newLink(account, { name: `For ${HOSTILE}`, single_use: true });
    const scanner = new Browser();
    for (let fetched = 0; fetched < 3; fetched++) {
      const page = await scanner.visit(url);
      expect([page.status, page.location, scanner.cookie]).toEqual([200, null, ""]);
      for (const text of [account.account_name, "For &lt;img", "UTC", "once only"]) expect(page.text).toContain(text);
      expect(page.text).not.toContain(HOSTILE);
      expect([page.headers.get("referrer-policy"), page.headers.get("cache-control")]).toEqual([
        "no-referrer",
        "no-store",
      ]);
      expect(page.text).toMatch(/<button type="submit" autofocus/);
      expect(await listed(account, linkId)).toMatchObject({ last_used_at: null });
    }
    const entered = await enter(scanner, url);
    expect([entered.location, entered.headers.get("referrer-policy")]).toEqual(["/portal", "no-referrer"]);
    expect((await scanner.visit("/portal")).status).toBe(200);
  });

  it("for one use lets in once; of two at once one, and the first stays in", async () => {
    const account = await newAccount();
    const { url, linkId } = await newLink(account, { single_use: true });
    const [one, other] = [new Browser(), new Browser()];
    const answers = await Promise.all([enter(one, url), enter(other, url)]);
    expect(answers.map(({ location }) => location).sort()).toEqual(["/portal", "/portal/closed"]);
    await expectClosed(url);
    const first = one.cookie === "" ? other : one;
    expect((await first.visit("/portal")).status).toBe(200);
    const page = await (await operator()).visit(`/dashboard/accounts/${account.account_id}/portal-links`);
    expect(page.text).toContain("used up");
    expect(await listed(account, linkId)).toMatchObject({ last_used_at: expect.any(String) });
  });

  it("for many uses lets in again, and says when it was last used, by a page too", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const account = await newAccount();
    const { browser, linkId, url } = await tenant(account);
    expect(await listed(account, linkId)).toMatchObject({ last_used_at: new Date().toISOString() });
    vi.setSystemTime(Date.now() + 3_600_000);
    await browser.visit("/portal");
    expect(await listed(account, linkId)).toMatchObject({ last_used_at: new Date().toISOString() });
    expect((await enter(new Browser(), url)).location).toBe("/portal");
  });

  it("tells the tenant on every page when it ends", async () => {
    const { browser } = await tenant(await newAccount(), { expires_in_seconds: 7_200 });
    for (const path of ["/portal", "/portal/events"])
      expect((await browser.visit(path)).text).toMatch(/This link ends <time [^>]+>in 2 h<\/time>/);
    expect((await (await operator()).visit("/dashboard")).text).not.toContain("This link ends");
  });

  it("is left by signing out", async () => {
    const { browser } = await tenant(await newAccount());
    const left = await browser.send("/portal/sign-out");
    expect([left.status, left.location]).toEqual([303, "/portal/closed?left=1"]);
    expect((await browser.visit("/portal/closed?left=1")).text).toContain("You have left the portal");
    expect((await browser.visit("/portal")).location).toBe("/portal/closed");
  });
});

describe("a tenant", () => {
  it("adds, edits, tests, switches, recovers and removes its own destinations", async () => {
    const account = await newAccount();
    const { browser } = await tenant(account);
    const receiver = openReceiver();
    const made = await browser.submit("/portal/new-destination", {
      url: receiver.url,
      http_method: "POST",
      enabled: "true",
    });
    expect(shownOnce(made)).toMatch(/^whsec_/);
    const id = /\/portal\/destinations\/(dst_\w+)\/test/.exec(made.text)![1]!;
    const path = `/portal/destinations/${id}`;
    expect((await browser.submit(`${path}/test`)).text).toContain("<strong>Delivered</strong>");
    const form = await browser.visit(`${path}/edit`);
    const read_at = /name="read_at" value="(\d+)"/.exec(form.text)![1]!;
    const edit = { url: receiver.url, http_method: "PUT", enabled: "true", read_at };
    expect((await browser.send(`${path}/edit`, edit)).location).toBe(`${path}?done=saved`);
    expect((await browser.send(`${path}/disable`)).location).toBe(`${path}?done=disabled`);
    expect((await browser.send(`${path}/enable`)).location).toBe(`${path}?done=enabled`);
    const begun = await browser.send(`${path}/recover`, { from: "2020-01-01T00:00" });
    expect((await browser.visit(begun.location!)).status).toBe(200);
    expect((await browser.send(`${path}/remove`, { confirm: new URL(receiver.url).host })).location).toBe(
      "/portal?done=removed",
    );
    expect((await call<Destination>("GET", `/destinations/${id}`)).status).toBe(404);
  });

  it("adds to its own account, whatever account it names", async () => {
    const [own, other] = [await newAccount(), await newAccount()];
    const { browser } = await tenant(own);
    const fields = { url: openReceiver().url, http_method: "POST", account_id: other.account_id };
    await browser.send(`/portal/new-destination?account_id=${other.account_id}`, fields);
    const { json } = await call<{ data: Destination[] }>("GET", `/accounts/${other.account_id}/destinations`);
    expect(json.data).toEqual([]);
  });

  it.each(GUARDED.filter(({ path }) => path.startsWith("/portal")))(
    "reaches nothing of another account at $method $path",
    async ({ method, path }) => {
      const other = await untouched();
      const { browser } = await tenant(await newAccount());
      const before = await stateOf(other.ids);
      const query = `?${new URLSearchParams(everything(other.ids))}`;
      const at = filled(path, other.ids) + query;
      const answer = method === "GET" ? await browser.visit(at) : await browser.send(at, everything(other.ids));
      if (path.includes(":")) {
        const isRedirect = /\/destinations\/:destination_id\/recover$/.test(path) && method === "GET";
        expect([answer.status, answer.location]).toEqual(
          isRedirect ? [303, filled(path, other.ids).replace(/\/\w+$/, "")] : [404, null],
        );
      }
      const hidden = [
        other.account.account_name,
        other.destination.url,
        other.destination.description,
        ...other.secrets,
      ];
      for (const text of hidden) expect(answer.text).not.toContain(text);
      expect(await stateOf(other.ids)).toBe(before);
    },
  );

  it.each(GUARDED.filter(({ path }) => path.startsWith("/dashboard")))(
    "has nothing at $method $path, nor the same below the portal",
    async ({ method, path }) => {
      const own = await untouched();
      const { browser } = await tenant(own.account);
      const go = (at: string) => (method === "GET" ? browser.visit(at) : browser.send(at, everything(own.ids)));
      const before = await stateOf(own.ids);
      const answer = await go(filled(path, own.ids));
      expect([answer.status, answer.location]).toEqual([303, expect.stringMatching(/^\/dashboard\/sign-in/)]);
      expect(await stateOf(own.ids)).toBe(before);
      const below = path.replace("/dashboard", "/portal");
      if (GUARDED.some((route) => route.method === method && route.path === below)) return;
      expect((await go(filled(below, own.ids))).status).toBe(404);
      expect(await stateOf(own.ids)).toBe(before);
    },
  );
});

describe("a tenant whose link is a viewer's", () => {
  const POSTS = GUARDED.filter(({ method, path }) => method === "POST" && path.startsWith("/portal"));

  it("is offered no form that changes anything, and sees all that an editor sees", async () => {
    const { account } = await untouched();
    const { browser } = await tenant(account, { role: "viewer" });
    const { browser: editor } = await tenant(account);
    const [seen, byEditor] = [await crawled(browser), await crawled(editor)];
    const form = /\/(?:new-destination|edit|secret|test|remove)$/;
    const pathsOf = (pages: Map<string, string>) => [...pages.keys()].map((path) => path.split("?")[0]!);
    expect(new Set(pathsOf(byEditor).filter((path) => !form.test(path)))).toEqual(new Set(pathsOf(seen)));
    expect(pathsOf(byEditor).some((path) => form.test(path))).toBe(true);
    for (const [path, text] of seen) {
      if (path.endsWith("/payload")) continue;
      const actions = [...text.matchAll(/<form method="post"[^>]* action="([^"]+)"/g)].map(([, action]) => action);
      expect([path, actions]).toEqual([path, ["/portal/theme", "/portal/sign-out"]]);
    }
  });

  it.each(POSTS.filter(({ path }) => path !== "/portal/theme"))("changes nothing with $path", async ({ path }) => {
    const own = await untouched();
    const before = await stateOf(own.ids);
    const { browser } = await tenant(own.account, { role: "viewer" });
    const answer = await browser.send(filled(path, own.ids), everything(own.ids));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("change nothing");
    expect(await stateOf(own.ids)).toBe(before);
  });

  it("still chooses a theme and leaves", async () => {
    const { browser } = await tenant(await newAccount(), { role: "viewer" });
    expect((await browser.send("/portal/theme", { theme: "dark", back: "/portal" })).location).toBe("/portal");
    expect((await browser.visit("/portal")).text).toContain('data-theme="dark"');
    expect((await browser.send("/portal/sign-out")).location).toBe("/portal/closed?left=1");
  });
});

describe("every page and form", () => {
  it.each(GUARDED)("is closed to whoever did not sign in: $method $path", async ({ method, path }) => {
    const { ids } = await untouched();
    const before = await stateOf(ids);
    const browser = new Browser();
    const at = filled(path, ids);
    for (const prefix of ["", "/api"]) {
      const answer = await (method === "GET" ? browser.visit(prefix + at) : browser.send(prefix + at, everything(ids)));
      expect(answer.status).toBe(303);
      expect(answer.location).toMatch(path.startsWith("/portal") ? /^\/portal\/closed$/ : /^\/dashboard\/sign-in/);
    }
    expect(await stateOf(ids)).toBe(before);
  });

  const FORMS = ROUTES.filter(({ method }) => method === "POST");

  it.each(FORMS)("is refused when another site sends it: $path", async ({ path }) => {
    const own = await untouched();
    const before = await stateOf(own.ids);
    const browser = path.startsWith("/portal") ? (await tenant(own.account)).browser : await operator();
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: `${ORIGIN}.evil.test` },
      { origin: "https://evil.test", "content-type": "text/plain" },
      { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
    ];
    for (const headers of foreign) {
      expect([headers, (await browser.send(filled(path, own.ids), everything(own.ids), headers)).status]).toEqual([
        headers,
        403,
      ]);
    }
    const json = { origin: "https://evil.test", "content-type": "application/json" };
    expect((await browser.send(filled(path, own.ids), everything(own.ids), json)).status).toBe(415);
    expect(await stateOf(own.ids)).toBe(before);
  });

  it.each(FORMS.filter(({ path }) => path.startsWith("/dashboard") && !/sign-|theme/.test(path)))(
    "changes nothing for a viewer's key: $path",
    async ({ path }) => {
      const { ids } = await untouched();
      const before = await stateOf(ids);
      const browser = await operator((await operatorKey("viewer")).operator_key);
      const answer = await browser.send(filled(path, ids), everything(ids));
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("Your role does not allow this");
      expect(await stateOf(ids)).toBe(before);
    },
  );

  it("shows no secret after it was first shown, whoever looks", async () => {
    const own = await untouched();
    const admin = await operator();
    const { browser: visitor } = await tenant(own.account);
    const seen: string[] = [];
    for (const { path } of GUARDED.filter(({ method }) => method === "GET")) {
      const at = filled(path, own.ids);
      const browser = path.startsWith("/portal") ? visitor : admin;
      const answer = await browser.visit(
        path.endsWith("/new-destination") ? `${at}?account_id=${own.ids.account_id}` : at,
      );
      expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 303])]);
      for (const secret of own.secrets) expect(answer.text, path).not.toContain(secret);
      if (answer.status === 200) seen.push(path);
      if (answer.headers.get("content-type")?.startsWith("text/html")) {
        expect([path, answer.text.length < 30_000]).toEqual([path, true]);
        expect([path, answer.headers.get("cache-control")]).toEqual([path, "no-store"]);
        expect(answer.headers.get("content-security-policy")).toMatch(
          /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/,
        );
      }
    }
    expect(seen.length).toBeGreaterThan(25);
  });

  it("is refused when it is larger than any form of ours", async () => {
    const answer = await (await operator()).send("/dashboard/new-account", { account_name: "x".repeat(300_000) });
    expect(answer.status).toBe(413);
  });
});
