import { beforeAll, expect, it } from "vitest";
import { type Visit, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests, world } from "./support/opened-world.ts";

openForTests();

let operator: Visit;

beforeAll(async () => {
  operator = await visitAsOperator(browser, gateway, { permissions: ["clipboard-read", "clipboard-write"] });
});

it.each([
  ["with the browser's clipboard", () => undefined],
  [
    "where a browser has none, over HTTP",
    () => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }),
  ],
])("a text is copied %s, and it is said", async (_where, before) => {
  const page = await operator.page.context().newPage();
  const id = world.pages.operator.destination?.split("/").at(-1) ?? "";
  await page.addInitScript(before);
  await page.goto(`/dashboard/destinations/${id}`);
  await page.getByRole("button", { name: "Copy the destination's id" }).click();
  await page.getByRole("status").getByText("Copied").waitFor({ state: "attached" });
  expect(await pasted(page)).toBe(id);
  await page.close();
});

it("what cannot be copied says so", async () => {
  const page = await operator.page.context().newPage();
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
    document.execCommand = () => false;
  });
  await page.goto(`/dashboard${world.pages.operator.destination}`);
  await page.getByRole("button", { name: "Copy the destination's id" }).click();
  await page.getByRole("status").getByText("Not copied: select it instead").waitFor({ state: "attached" });
  await page.close();
});

it("a payload is copied whole, and after the session has ended nothing is copied for it", async () => {
  const { page } = operator;
  await page.goto(`/dashboard${world.pages.operator.event}`);
  const button = page.getByRole("button", { name: "Copy the payload" });
  await button.click();
  await page.getByRole("status").getByText("Copied").waitFor({ state: "attached" });
  expect(await pasted(page)).toContain("order.placed");
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  await expect.poll(() => button.textContent(), { timeout: 10_000 }).toBe("Copy");
  await page.context().clearCookies();
  await button.click();
  await page.getByRole("status").getByText("Not copied: reload the page").waitFor({ state: "attached" });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("before");
});

/** What comes out of the clipboard, as a person finds it. */
async function pasted(page: Visit["page"]): Promise<string> {
  await page.evaluate(() => {
    const field = document.createElement("textarea");
    field.id = "pasted";
    document.querySelector("main")?.append(field);
    field.focus();
  });
  await page.keyboard.press("ControlOrMeta+V");
  return page.locator("#pasted").inputValue();
}
