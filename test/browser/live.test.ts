import type { Page, Route } from "playwright-core";
import { expect, it } from "vitest";
import { newAccount, send } from "../support/client.ts";
import { screenshot, signIn, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened-world.ts";

openForTests();

const WAIT = { timeout: 10_000 };
const LISTS = ["/dashboard/events", "/dashboard/deliveries"];

it.each<[string, (route: Route) => Promise<void>, RegExp]>([
  ["an error", (route) => route.fulfill({ status: 503, body: "{}" }), /The gateway answered 503/],
  ["a page that is none of ours", (route) => route.fulfill({ status: 404, body: "gone" }), /The gateway answered 404/],
  ["no network", (route) => route.abort(), /The gateway cannot be reached/],
])("lists outlast %s, say so, and go on", async (_what, answer, said) => {
  const { page, close } = await visitAsOperator(browser, gateway);
  await page.clock.install();
  for (const [path, part] of [...LISTS.map((path) => [path, "list"] as const), ["/dashboard", "now"] as const]) {
    await page.goto(path);
    const before = await rowsIn(page, part);
    expect(before).toBeGreaterThan(0);
    await page.route((url) => url.pathname === path, answer);
    await until(page, said);
    expect(await rowsIn(page, part)).toBe(before);
    await page.unrouteAll();
    await page.clock.runFor(60_000);
    await expect.poll(() => page.locator(".live").textContent(), WAIT).toBe("");
    expect(await rowsIn(page, part)).toBe(before);
  }
  await close();
});

it("a list outlasts the end of its session, and goes on once there is another", async () => {
  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  await page.clock.install();
  await page.goto("/dashboard/events");
  const before = await rowsIn(page, "list");
  await page.context().clearCookies();
  await until(page, /Your session has ended/);
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [375, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 700 });
      await screenshot(page, `live-session-ended-${colorScheme}-${width}`, false);
    }
  }
  expect(await rowsIn(page, "list")).toBe(before);
  const [tab] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "Open this page again" }).click({ modifiers: ["ControlOrMeta"] }),
  ]);
  await signIn(tab, gateway.operatorKey);
  await tab.getByRole("heading", { name: "Events" }).waitFor();
  expect(new URL(tab.url()).pathname).toBe("/dashboard/events");
  await page.bringToFront();
  await page.clock.runFor(60_000);
  await expect.poll(() => page.locator(".live").textContent(), WAIT).toBe("");
  expect(complaints).toEqual([]);
  await close();
});

it("a list asks less often once it is quiet, not at all while nobody looks, and shows what came", async () => {
  const { page, close } = await visitAsOperator(browser, gateway);
  await page.clock.install();
  const quiet = await newAccount(gateway); // nothing of it waits for another attempt
  await send(gateway, quiet, "{}");
  await page.goto(`/dashboard/events?account_id=${quiet.account_id}`);
  let asked = 0;
  page.on("request", () => asked++);
  await passing(page, 60_000);
  expect(asked).toBeGreaterThan(6);
  asked = 0;
  await passing(page, 60_000);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(5);

  await hide(page, true);
  asked = 0;
  await passing(page, 60_000);
  expect(asked).toBe(0);
  const before = await rowsIn(page, "list");
  await send(gateway, quiet, "{}");
  await hide(page, false);
  await expect.poll(() => rowsIn(page, "list"), WAIT).toBe(before + 1);
  await close();
});

function rowsIn(page: Page, part: string): Promise<number> {
  return page.locator(`#${part} [data-row]`).count();
}

/** Time goes on as a list knows it, and each answer has the time that it takes. */
async function passing(page: Page, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    await page.clock.runFor(5_000);
    await expect.poll(() => page.locator(".htmx-request").count(), WAIT).toBe(0);
  }
}

async function until(page: Page, said: RegExp): Promise<void> {
  await expect
    .poll(async () => {
      await page.clock.runFor(5_000);
      return page.locator(".live").textContent();
    }, WAIT)
    .toMatch(said);
}

/** As a tab in the background is. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
