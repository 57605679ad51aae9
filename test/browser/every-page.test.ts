import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { enterPortal, screenshot, visit, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests, world } from "./support/opened-world.ts";

openForTests();

const LARGEST_PAGE_BYTES = 30_000;
const PHONE = { width: 375, height: 740 };

it.each(["light", "dark"] as const)(
  "has no serious finding of axe on any of the operators' pages, %s",
  async (colorScheme) => {
    const { page, complaints, close } = await visitAsOperator(browser, gateway, { colorScheme });
    for (const [name, path] of Object.entries(world.pages.operator)) {
      await expectAccessible(page, `/dashboard${path}`, `${name}-${colorScheme}`);
    }
    expect(complaints).toEqual([]);
    await close();
  },
);

it.each(["light", "dark"] as const)("has none on any of the tenants' pages, %s", async (colorScheme) => {
  const { page, complaints, close } = await visit(browser, gateway, { colorScheme });
  await enterPortal(page, world.portalLink);
  for (const [name, path] of Object.entries(world.pages.tenant)) {
    await expectAccessible(page, `/portal${path}`, `tenant-${name}-${colorScheme}`);
  }
  expect(complaints).toEqual([]);
  await close();
});

it.each(["light", "dark"] as const)(
  "has none on the pages before signing in and the documentation, %s",
  async (colorScheme) => {
    const { page, complaints, close } = await visit(browser, gateway, { colorScheme });
    await expectAccessible(page, "/dashboard/sign-in", `sign-in-${colorScheme}`);
    await expectAccessible(page, world.portalLink, `portal-enter-${colorScheme}`);
    await expectAccessible(page, "/portal/closed", `portal-closed-${colorScheme}`);
    await page.goto("/docs");
    await page.locator(".opblock").first().waitFor();
    await page.locator(".opblock-summary-control").first().click();
    await page.getByRole("button", { name: "Execute" }).first().waitFor();
    await expectAccessible(page, null, `docs-${colorScheme}`);
    expect(complaints).toEqual([]);
    await close();
  },
);

it("fits on a phone: no page scrolls sideways", async () => {
  const options = { viewport: PHONE, isMobile: true, hasTouch: true };
  const operator = await visitAsOperator(browser, gateway, options);
  const tenant = await visit(browser, gateway, options);
  await tenant.page.goto(world.portalLink);
  await screenshot(tenant.page, "phone-portal-enter");
  expect(await sideways(tenant.page)).toBe(0);
  await enterPortal(tenant.page, world.portalLink);
  for (const [page, base, paths] of [
    [operator.page, "/dashboard", world.pages.operator],
    [tenant.page, "/portal", world.pages.tenant],
  ] as const) {
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(base + path);
      await screenshot(page, `phone${base.replace("/", "-")}-${name}`);
      expect([base, name, await sideways(page)]).toEqual([base, name, 0]);
    }
  }
  await operator.close();
  await tenant.close();
});

it("nor by an id of wide letters in the way up", async () => {
  const options = { viewport: PHONE, isMobile: true, hasTouch: true };
  const { page, close } = await visitAsOperator(browser, gateway, options);
  await page.goto(`/dashboard${world.pages.operator["delivery-wiped"]}`);
  for (const length of [20, 22, 24, 26, 28, 30, 36, 80]) {
    const last = page.locator(".crumbs li").last();
    await last.evaluate((li, id) => li.replaceChildren(id), "W".repeat(length));
    expect([length, await sideways(page)]).toEqual([length, 0]);
  }
  await close();
});

it("keeps the theme that was chosen", async () => {
  const { page, close } = await visitAsOperator(browser, gateway, { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByLabel("Theme").selectOption("dark");
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  await page.goto("/dashboard/events");
  expect(await background()).toBe(dark);
  await page.getByLabel("Theme").selectOption("");
  await expect.poll(background).toBe(light);
  await close();
});

/** Opens the page unless it is open, keeps a picture of it, and lets axe look at it. */
async function expectAccessible(page: Page, path: string | null, name: string): Promise<void> {
  if (path !== null) {
    const answer = await page.goto(path);
    expect([name, answer?.status() ?? 0]).toEqual([name, expectedStatus(name)]);
    expect([name, ((await answer?.body()) ?? "").length > LARGEST_PAGE_BYTES]).toEqual([name, false]);
  }
  await screenshot(page, name);
  expect.soft([name, await seriousFindings(page)]).toEqual([name, []]);
}

function expectedStatus(name: string): number {
  if (name.includes("not-found")) return 404;
  return name.startsWith("portal-closed") ? 401 : 200;
}

/** How much wider the page is than the window. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
