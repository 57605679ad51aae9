import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { screenshot, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened-world.ts";

openForTests();

const WIDE = { width: 1440, height: 900 };

it.each(["events", "deliveries"])("opens what is in the list of %s beside it where there is room", async (list) => {
  const { page, complaints, close } = await visitAsOperator(browser, gateway, {
    viewport: WIDE,
    reducedMotion: "reduce",
  });
  const beside = page.locator("#beside");
  await page.goto(`/dashboard/${list}`);
  const ids = await page.locator("#list [data-row]").evaluateAll((rows) => rows.map((row) => row.id));
  await linkOf(page, ids[1]).click();
  await headingOf(page, ids[1]).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/dashboard/${list}`);
  expect(await page.getByRole("row").count()).toBeGreaterThan(ids.length);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect([colorScheme, await seriousFindings(page)]).toEqual([colorScheme, []]);
    await screenshot(page, `beside-${list}-${colorScheme}`, false);
  }

  // the list follows, and neither closes what is open nor takes the focus
  await page.waitForResponse((response) => response.url().endsWith(`/dashboard/${list}`));
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("beside");
  expect(await linkOf(page, ids[1]).getAttribute("aria-current")).toBe("true");

  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await headingOf(page, ids[2]).waitFor();
  await page.keyboard.press("Escape");
  expect(await beside.isVisible()).toBe(false);
  expect(await rowInFocus(page)).toBe(ids[2]);

  await page.keyboard.press("Enter");
  await beside.getByRole("button", { name: "Close" }).click();
  expect(await beside.isVisible()).toBe(false);
  expect(await rowInFocus(page)).toBe(ids[2]);

  await page.keyboard.press("Enter");
  await beside.getByTitle("Open as a page").click();
  await page.waitForURL(`**/${list}/${ids[2]}`);
  expect(complaints).toEqual([]);
  await close();
});

it("sends again from beside the list", async () => {
  const { page, close } = await visitAsOperator(browser, gateway, { viewport: WIDE });
  await page.goto("/dashboard/deliveries?state=exhausted");
  await page.locator("#list [data-row] a").first().click();
  await page.locator("#beside").getByRole("button", { name: "Send again" }).click();
  await page.getByText("under way").waitFor();
  await close();
});

it("leads to the page itself in a new tab, and where there is no room", async () => {
  const { page, close } = await visitAsOperator(browser, gateway, { viewport: WIDE });
  await page.goto("/dashboard/events");
  const link = page.locator("#list [data-row] a").first();
  const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click({ modifiers: ["ControlOrMeta"] })]);
  await tab.getByRole("heading", { level: 1, name: "Event" }).waitFor();
  expect(await page.locator("#beside").isVisible()).toBe(false);

  await link.click();
  await page.locator("#beside").waitFor();
  await page.setViewportSize({ width: 1200, height: 800 });
  await expect.poll(() => page.locator("#beside").isVisible()).toBe(false);
  await link.click();
  await page.waitForURL("**/events/evt_*");
  await close();
});

function linkOf(page: Page, id: string | undefined) {
  return page.locator(`#list tr#${id} a`).first();
}

function headingOf(page: Page, id: string | undefined) {
  return page.locator("#beside").getByRole("heading", { level: 2, name: id?.slice(-8) ?? "" });
}

function rowInFocus(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.closest("tr")?.id);
}
