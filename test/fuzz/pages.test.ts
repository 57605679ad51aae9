/** Whatever is sent to the pages is answered with a page or a redirect, and what is refused changes nothing. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { request } from "../support/gateway";
import { type Browser, operator, tenant } from "../support/pages";
import type { Call } from "./calls";
import { seldom } from "./calls";
import type { Document } from "./document";
import { formsOn, pageCall, pageRoutes } from "./forms";
import { hostileText } from "./hostile";
import { settle } from "./inhabitants";
import { fuzz, TIMEOUT_MS } from "./run";
import { type Answer, WatchedGateway } from "./watched";

const { json: document } = await request<Document>("GET", "/openapi.json");
const gateway = new WatchedGateway(document);
await settle(gateway.known);

/** In the place of the cookies of who is signed in. */
const SESSION = "{{session.0}}";
const COOKIES = seldom(
  fc.oneof(
    hostileText,
    hostileText.map((text) => `${SESSION}; theme=${text}`),
    fc.constantFrom(
      "",
      `${SESSION}x`,
      `x=${SESSION}`,
      `${SESSION}; ${SESSION}`,
      `${SESSION.repeat(60)}`,
      "session=%",
      "a=b;;;=;",
    ),
  ),
  fc.constant(SESSION),
);

it("the operator's pages and forms, with any cookie", { timeout: TIMEOUT_MS }, async () => {
  const statuses = await fuzzPages("/dashboard", () => operator());
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 303, 400, 403, 404]));
});

it("a tenant's pages and forms, with any cookie", { timeout: TIMEOUT_MS }, async () => {
  const statuses = await fuzzPages("/portal", async () => {
    // the inputs may have removed the account of the one before
    await settle(gateway.known);
    const { browser } = await tenant({ account_id: gateway.known.fill("{{account_id.0}}") });
    return browser;
  });
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 303, 400, 404]));
});

async function fuzzPages(below: "/dashboard" | "/portal", signIn: () => Promise<Browser>) {
  const routes = pageRoutes(below);
  const browser = await signIn();
  gateway.known.add("session", browser.cookie);
  const filled = (path: string) =>
    gateway.known.fill(
      path.replace(/:(\w+)/g, (_, name: string) => `{{${name === "link_id" ? "portal_link_id" : name}.0}}`),
    );
  const pages = routes.filter(({ method }) => method === "GET").map(({ path }) => filled(path));
  const forms = await formsOn(browser, routes, pages);
  expect(forms.byRoute.size, `forms below ${below}`).toBeGreaterThan(8);
  const calls = fc
    .tuple(COOKIES, pageCall(routes, forms))
    .map(([cookie, sent]): Call => ({ ...sent, headers: [["cookie", cookie], ...sent.headers] }));
  return fuzz(gateway, 0.2, calls, async ({ status, headers }: Answer, { path, headers: sent }) => {
    const ended = /sign-in|closed/.test(headers.get("location") ?? "") || /sign-out/.test(path);
    const wasSignedIn = sent.some(([name, value]) => name === "cookie" && value === SESSION);
    if (wasSignedIn && (ended || status === 401)) gateway.known.add("session", (await signIn()).cookie);
  });
}
