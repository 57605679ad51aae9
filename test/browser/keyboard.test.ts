import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Visit, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests, world } from "./support/opened-world.ts";

openForTests();

/** From one field of a form to its button there are no more than so many. */
const MOST_TABS = 10;

let operator: Visit;
let page: Page;

beforeAll(async () => {
  operator = await visitAsOperator(browser, gateway);
  page = operator.page;
});
afterAll(async () => {
  expect(operator.complaints).toEqual([]);
});

it("goes where two letters say", async () => {
  await page.goto("/dashboard");
  for (const [letter, heading] of [
    ["e", "Events"],
    ["d", "Deliveries"],
    ["a", "Accounts"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  }
});

it("searches with /, walks a list with j and k, and opens a row with Enter", async () => {
  await page.goto("/dashboard/events");
  await page.keyboard.press("/");
  await page.keyboard.type("Copenhagen");
  await page.keyboard.press("Enter");
  await page.locator(".chips", { hasText: "Copenhagen" }).waitFor();
  const rows = await page.locator("tr[data-row]").evaluateAll((all) => all.map((row) => row.id));
  await page.keyboard.press("j");
  expect(await rowInFocus()).toBe(rows[0]);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  expect(await rowInFocus()).toBe(rows[1]);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/events/${rows[1]}`);
});

it("shows its keys with ?, and lets go of them with Escape", async () => {
  await page.goto("/dashboard/deliveries");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor();
  expect(await keys.textContent()).toContain("next and previous row");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
});

it("writes a letter into a field as a letter", async () => {
  await page.goto("/dashboard/new-account");
  await page.getByLabel("Name").focus();
  await page.keyboard.type("gajk/?");
  expect(await page.getByLabel("Name").inputValue()).toBe("gajk/?");
  expect(new URL(page.url()).pathname).toBe("/dashboard/new-account");
});

it("keeps what has the focus while the list follows by itself", async () => {
  await page.goto("/dashboard/events");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const row = await rowInFocus();
  await page.waitForResponse((response) => response.url().endsWith("/dashboard/events"));
  await page.waitForTimeout(300);
  expect(await rowInFocus()).toBe(row);
});

it("reaches everything by Tab, first of all a way past the navigation, and shows where it is", async () => {
  await page.goto("/dashboard/new-account");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Skip to content");
  for (const [name, path] of Object.entries(world.pages.operator)) {
    await page.goto(`/dashboard${path}`);
    const wanted = await page.evaluate(countReachable);
    const reached = new Set<string>();
    // a field for a time has a stop for each of its parts
    for (let i = 0; reached.size < wanted && i < wanted + 40; i++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(describeFocus);
      if (focused === null) break;
      expect([name, focused.place, focused.visible]).toEqual([name, focused.place, true]);
      reached.add(focused.place);
    }
    expect([name, reached.size]).toEqual([name, wanted]);
  }
});

it("fills in and sends a form without a mouse", async () => {
  await page.goto("/dashboard/new-account");
  await page
    .locator("#main")
    .evaluate((main) => main.querySelector<HTMLInputElement>("input:not([type=hidden])")?.focus());
  await page.keyboard.type("Keyboard Ltd");
  await page.keyboard.press("Tab");
  await page.keyboard.type("keys@example.com");
  const submit = page.locator("#main form button");
  const isReached = () => submit.evaluate((button) => button === document.activeElement);
  for (let tabs = 0; tabs < MOST_TABS && !(await isReached()); tabs++) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.getByRole("heading", { name: "Keyboard Ltd" }).waitFor();
});

function rowInFocus(): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.closest("tr")?.id);
}

/** Runs in the browser: how many links, buttons and fields there are to be reached. */
function countReachable(): number {
  const all = document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary");
  return [...all].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && element.getAttribute("type") !== "hidden",
  ).length;
}

/** Runs in the browser: what has the focus, and whether it can be seen that it has. */
function describeFocus(): { place: string; visible: boolean } | null {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const { width, height, right } = element.getBoundingClientRect();
  const all = [...document.querySelectorAll("*")];
  return {
    place: `${all.indexOf(element)} ${element.tagName} ${element.textContent?.trim().slice(0, 30)}`,
    visible: (outlineStyle !== "none" || boxShadow !== "none") && width > 0 && height > 0 && right > 0,
  };
}
