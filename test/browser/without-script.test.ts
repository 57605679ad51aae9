import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Receiver, refuses, thanks } from "../e2e/support/receiver.ts";
import { until } from "../e2e/support/until.ts";
import { deliveriesOf, ingest } from "../support/client.ts";
import { enterPortal, signIn, visit } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened.ts";
import { openWorld } from "./support/world.ts";

openForTests();

let receiver: Receiver;
let page: Page;

beforeAll(async () => {
  receiver = await Receiver.open();
});
beforeEach(async () => {
  ({ page } = await visit(browser, gateway, { javaScriptEnabled: false }));
});
afterEach(() => page.context().close());
afterAll(async () => {
  receiver.close();
});

it("lets every form work with the browser's script off", async () => {
  await page.goto("/dashboard");
  await signIn(page, gateway.operatorKey);
  await page.getByLabel("Theme").selectOption("dark");
  await page.getByRole("button", { name: "Set theme" }).click();
  expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");

  // an account: create, edit, rotate its token
  await page.goto("/dashboard/accounts");
  await page.getByRole("link", { name: "Create an account" }).first().click();
  await page.getByLabel("Name").fill("Plain Ltd");
  await page.getByLabel("E-mail").fill("plain@example.com");
  await page.getByLabel("Id").fill("plain");
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByRole("link", { name: "Go to the account" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Name").fill("Plain and Sons");
  await page.getByRole("button", { name: "Save" }).click();
  expect(await heading()).toBe("Plain and Sons");
  await page.getByRole("link", { name: "Rotate the token" }).click();
  await page.getByRole("button", { name: "Make a new token" }).click();
  const token = String(await once());
  expect(token).toMatch(/^dp_plain_/);

  // a destination: add, edit, disable, enable, rotate its secret, test it
  await page.goto("/dashboard/accounts/plain");
  await page.getByRole("link", { name: "Add a destination" }).first().click();
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByLabel("Header name").nth(0).fill("X-Shop");
  await page.getByLabel("Value").nth(0).fill("north");
  await page.getByLabel("Header name").nth(1).fill("X-Shop");
  await page.getByLabel("Value").nth(1).fill("south");
  await page.getByLabel("Attempts at most").fill("1");
  await page.getByRole("button", { name: "Add the destination" }).click();
  expect(await once()).toMatch(/^whsec_/);
  await page.getByRole("link", { name: `To POST ${receiver.url}` }).click();
  const destination = page.url();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Description").fill("plain");
  await page.getByRole("button", { name: "Save" }).click();
  expect(await page.locator("pre").first().textContent()).toBe("X-Shop: ***\nX-Shop: ***\n");
  await page.getByRole("button", { name: "Pause" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Paused");
  await page.getByRole("button", { name: "Resume" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Enabled");
  await page.getByText("Disable", { exact: true }).click();
  await page.getByRole("button", { name: "Disable the destination" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Disabled");
  await page.getByRole("button", { name: "Enable" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Enabled");
  await page.getByRole("link", { name: "Rotate the signing secret" }).click();
  await page.getByRole("button", { name: /secret/ }).click();
  expect(await once()).toMatch(/^whsec_/);
  await page.goto(destination);
  await page.getByRole("button", { name: "Send a test event" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Delivered");

  // what failed: found, read, sent again one by one and by a selection, recovered
  receiver.behaviour = refuses;
  for (const order of [1, 2, 3]) await ingest(gateway, token, `{"order":${order}}`);
  const failed = { account_id: "plain", state: "exhausted" };
  await until("they have failed", async () => (await deliveriesOf(gateway, failed)).length === 3);
  await page.goto("/dashboard/deliveries");
  await page.getByLabel("State").selectOption("exhausted");
  await page.getByLabel("Account").fill("plain");
  await page.getByRole("button", { name: "Filter" }).click();
  expect(await page.locator("tbody tr").count()).toBe(3);
  receiver.behaviour = thanks;
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Send the selected again" }).click();
  expect(await page.locator(".notice").textContent()).toContain("1 delivery is under way again");
  await until("it has arrived", () => receiver.arrivals.length === 5);
  await page.goto("/dashboard/deliveries?state=exhausted");
  await page.locator("tbody tr a").first().click();
  await page.getByText("As curl").click();
  expect(await page.locator("#curl").textContent()).toContain(`curl -g -X POST '${receiver.url}'`);
  await page.getByRole("button", { name: "Send again" }).click();
  await until("it has arrived as well", () => receiver.arrivals.length === 6);
  await page.goto(destination);
  await page.getByRole("button", { name: "Recover" }).click();
  await until("the recovery has finished", async () => {
    await gateway.sweep();
    await page.reload();
    return (await page.locator(".sentence").textContent())?.startsWith("Finished: 1 of 1") ?? false;
  });
  await until("the last one has arrived", () => receiver.arrivals.length === 7);

  // an event: found by its text, sent again
  await page.goto("/dashboard/events");
  await page.getByLabel("Text in the payload").fill('"order":2');
  await page.getByRole("button", { name: "Filter" }).click();
  await page.locator("tbody tr a").first().click();
  await page.getByRole("button", { name: "Send again to all" }).click();
  await until("it has arrived once more", () => receiver.arrivals.length === 8);

  // keys and portal links: made and revoked
  await page.goto("/dashboard/keys");
  await page.getByLabel("Name").fill("For a day");
  await page.getByRole("button", { name: "Make a key" }).click();
  expect(await once()).not.toBe("");
  await page.locator("summary", { hasText: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke For a day" }).click();
  expect(await page.locator(".notice").textContent()).toContain("revoked");
  await page.goto("/dashboard/accounts/plain/portal-links");
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = String(await once());
  const tenant = await visit(browser, gateway, { javaScriptEnabled: false });
  await enterPortal(tenant.page, link);
  expect(await tenant.page.getByRole("heading", { level: 1 }).textContent()).toBe("Plain and Sons");
  await tenant.close();
  await page.getByRole("button", { name: /^Revoke the link/ }).click();
  expect(await page.locator(".notice").textContent()).toContain("revoked");

  // removals
  await page.goto(`${destination}/remove`);
  await page.getByLabel(/to confirm/).fill(new URL(receiver.url).host);
  await page.getByRole("button", { name: "Remove the destination" }).click();
  expect(await page.locator(".notice").textContent()).toContain("removed");
  await page.goto("/dashboard/accounts/plain/remove");
  await page.getByLabel(/to confirm/).fill("Plain and Sons");
  await page.getByRole("button", { name: "Remove the account" }).click();
  expect((await page.goto("/dashboard/accounts/plain"))?.status()).toBe(404);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Operator's key").waitFor();
});

it("lets every page be read", async () => {
  const world = await openWorld(gateway);
  await page.goto("/dashboard");
  await signIn(page, gateway.operatorKey);
  for (const [name, path] of Object.entries(world.pages.operator)) {
    await page.goto(`/dashboard${path}`);
    expect([name, await page.locator("main").textContent()]).not.toEqual([name, ""]);
    expect([name, await page.getByRole("heading", { level: 1 }).isVisible()]).toEqual([name, true]);
    // no button that could do nothing
    for (const button of await page.getByRole("button").all()) {
      const { type, text } = await button.evaluate((element) => ({
        type: element.getAttribute("type"),
        text: element.textContent,
      }));
      expect([name, text, type]).toEqual([name, text, "submit"]);
    }
  }
  await page.goto("/docs");
  expect(await page.getByRole("link", { name: "the OpenAPI document" }).getAttribute("href")).toBe("/openapi.json");
  world.close();
});

async function heading(): Promise<string | null> {
  return page.getByRole("heading", { level: 1 }).textContent();
}

/** What is shown this once. */
function once(): Promise<string | null> {
  return page.locator(".once .secret code").textContent();
}
