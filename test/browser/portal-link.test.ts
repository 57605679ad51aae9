/** The page behind a portal link, in a real browser: its policies and headers must let its one button work. */
import { expect, it } from "vitest";
import { call, newAccount } from "../support/client.ts";
import { visit } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened.ts";

openForTests();

async function newLink(input: Record<string, unknown> = {}): Promise<string> {
  const account = await newAccount(gateway, { account_name: "Northwind Trading" });
  const path = `/accounts/${account.account_id}/portal-links`;
  return (await call<{ url: string }>(gateway, "POST", path, input)).json.url;
}

it.each([true, false])("has its button focused: Enter opens the portal (script: %s)", async (javaScriptEnabled) => {
  const { page, complaints, close } = await visit(browser, gateway, { javaScriptEnabled });
  await page.goto(await newLink());
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Northwind Trading");
  await page.locator("button:focus").waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("This link ends").waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/portal");
  expect(complaints).toEqual([]);
  await close();
});

it("lets a double click in by a link for one use", async () => {
  const { page, close } = await visit(browser, gateway);
  await page.goto(await newLink({ single_use: true }));
  await page.getByRole("button", { name: "Open the portal" }).dblclick({ noWaitAfter: true });
  await page.getByText("This link ends").waitFor();
  await close();
});

it("lets nobody in by a link that another used up", async () => {
  const link = await newLink({ single_use: true });
  const [one, other] = await Promise.all([visit(browser, gateway), visit(browser, gateway)]);
  await Promise.all([one.page.goto(link), other.page.goto(link)]);
  await one.page.getByRole("button", { name: "Open the portal" }).click();
  await one.page.getByText("This link ends").waitFor();
  await other.page.getByRole("button", { name: "Open the portal" }).click();
  await other.page.getByRole("alert").waitFor();
  await Promise.all([one.close(), other.close()]);
});
