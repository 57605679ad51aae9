import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { headerLines, Receiver, refuses, thanks } from "../e2e/support/receiver.ts";
import { until } from "../e2e/support/until.ts";
import { addDestination, call, deliveriesOf, newAccount, send } from "../support/client.ts";
import { enterPortal, signIn, visit, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened.ts";

openForTests();

it("takes an operator from signing in to a test event that is delivered", async () => {
  const receiver = await Receiver.open();
  const { page, complaints, close } = await visit(browser, gateway);
  await page.goto("/dashboard/accounts");
  await signIn(page, "not-the-operators-key");
  await expect.poll(() => page.getByRole("alert").textContent()).toContain("not an operator's key");
  await signIn(page, gateway.operatorKey);
  expect(await heading(page)).toBe("Accounts");

  await page.getByRole("link", { name: "Create an account" }).first().click();
  await page.getByLabel("Name").fill("Acme Ltd");
  await page.getByLabel("E-mail").fill("ops@acme.example");
  await page.getByLabel("Id").fill("acme");
  await page.getByRole("button", { name: "Create the account" }).click();
  const token = await page.locator(".once .secret code").textContent();
  expect(token).toMatch(/^dp_acme_/);
  expect(await page.locator("pre").textContent()).toContain(`CL-X-TOKEN: ${token}`);

  await page.getByRole("link", { name: "Add its first destination" }).click();
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByLabel("Method").selectOption("PUT");
  await page.getByLabel("Header name").first().fill("X-Shop");
  await page.getByLabel("Value").first().fill("north");
  await page.getByRole("button", { name: "Add the destination" }).click();
  expect(await page.locator(".once .secret code").textContent()).toMatch(/^whsec_/);

  await page.getByRole("button", { name: "Send a test event" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Delivered");
  expect(receiver.arrivals.map((arrival) => [arrival.method, ...headerLines(arrival, "x-shop")])).toEqual([
    ["PUT", "north"],
  ]);

  await page.getByRole("link", { name: "This delivery" }).click();
  expect(await page.locator(".sentence").textContent()).toMatch(/^Delivered: .* answered 200 after \d+ ms\.$/);
  await page.getByRole("link", { name: "Deliveries" }).first().click();
  await page.getByRole("row", { name: /delivered.*acme/ }).waitFor();
  // what was shown once is shown nowhere again
  await page.goto("/dashboard/accounts/acme");
  expect(await page.content()).not.toContain(token);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/dashboard/accounts/acme");
  expect(await page.getByLabel("Operator's key").isVisible()).toBe(true);
  expect(complaints).toEqual([]);
  await close();
  receiver.close();
});

it("shows why a destination fails, and recovers what it missed once it is mended", async () => {
  const receiver = await Receiver.open(refuses);
  const account = await newAccount(gateway);
  const { destination_id } = await addDestination(gateway, account, receiver.url, { max_attempts: 1 });
  for (let i = 1; i <= 3; i++) await send(gateway, account, `{"order":${i}}`);
  const failed = { account_id: account.account_id, state: "exhausted" };
  await until("they have failed", async () => (await deliveriesOf(gateway, failed)).length === 3);

  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  await page.goto(`/dashboard/accounts/${account.account_id}`);
  await page
    .getByRole("link", { name: new RegExp(`POST ${receiver.url}`) })
    .first()
    .click();
  await page.getByRole("link", { name: "All its deliveries" }).click();
  await page.getByLabel("State").selectOption("exhausted");
  await page.getByRole("button", { name: "Filter" }).click();
  expect(await page.locator(".chips").textContent()).toContain("exhausted");
  await expect.poll(() => page.locator("tbody tr").count()).toBe(3);
  await page.locator("tbody tr a").first().click();
  expect(await page.locator(".sentence").textContent()).toMatch(/^Not delivered: .* answered 500\. No further/);
  await page.getByText("out of order").waitFor();
  const delivery = page.url();

  receiver.behaviour = thanks;
  await page.goto(`/dashboard/destinations/${destination_id}`);
  await page.getByRole("button", { name: "Recover" }).click();
  expect(await page.locator(".sentence").textContent()).toMatch(/^Running: 0 of 3/);
  await gateway.sweep();
  // by itself, without a new look
  await page.getByText("Finished", { exact: true }).waitFor();
  expect(await page.getByRole("progressbar").getAttribute("value")).toBe("3");
  await until("they have arrived", () => receiver.arrivals.length === 6);

  await page.goto(delivery);
  expect(await page.locator(".sentence").textContent()).toMatch(/^Delivered on attempt 2: /);
  await page.getByRole("link", { name: "Attempt 1" }).click();
  await page.getByText("out of order").waitFor();
  expect(complaints).toEqual([]);
  await close();
  receiver.close();
});

it("lets a recovery be cancelled", async () => {
  const receiver = await Receiver.open(refuses);
  const account = await newAccount(gateway);
  const { destination_id } = await addDestination(gateway, account, receiver.url, { max_attempts: 1 });
  await send(gateway, account, "{}");
  const failed = { account_id: account.account_id, state: "exhausted" };
  await until("it has failed", async () => (await deliveriesOf(gateway, failed)).length === 1);
  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  await page.goto(`/dashboard/destinations/${destination_id}`);
  await page.getByRole("button", { name: "Recover" }).click();
  expect(await page.locator(".sentence").textContent()).toMatch(/^Running: 0 of 1/);
  await page.getByRole("button", { name: "Cancel the recovery" }).click();
  expect(await page.locator(".sentence").textContent()).toMatch(/^Cancelled: 0 of 1/);
  await gateway.sweep();
  expect(receiver.arrivals).toHaveLength(1);
  expect(complaints).toEqual([]);
  await close();
  receiver.close();
});

it("finds one event by a text in its payload, and sends it again", async () => {
  const receiver = await Receiver.open();
  const account = await newAccount(gateway);
  await addDestination(gateway, account, receiver.url);
  for (const name of ["Ada", "Grace", "Barbara"]) await send(gateway, account, `{"customer":{"name":"${name}"}}`);
  await until("they have arrived", () => receiver.arrivals.length === 3);
  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByLabel("Text in the payload").fill("Grace");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
  await page.locator("tbody tr a").first().click();
  expect(await page.locator(".tree").textContent()).toContain('"name": "Grace"');
  await page.getByRole("button", { name: "Send again to all" }).click();
  await page.getByText("1 delivery is under way").waitFor();
  await until("it has arrived again", () => receiver.arrivals.length === 4);
  expect(receiver.arrivals.at(-1)?.body.toString()).toBe('{"customer":{"name":"Grace"}}');

  // the list follows by itself
  await page.goto(`/dashboard/events?account_id=${account.account_id}`);
  await expect.poll(() => page.locator("tbody tr").count()).toBe(3);
  await send(gateway, account, "{}");
  await expect.poll(() => page.locator("tbody tr").count(), { timeout: 10_000 }).toBe(4);

  // a selection of deliveries is sent again
  await page.goto(`/dashboard/deliveries?account_id=${account.account_id}`);
  for (const box of (await page.getByRole("checkbox").all()).slice(0, 2)) await box.check();
  await page.getByRole("button", { name: "Send the selected again" }).click();
  await page.getByText("2 deliveries are under way again").waitFor();
  expect(page.url()).toContain(`account_id=${account.account_id}`);
  await until("both have arrived again", () => receiver.arrivals.length === 7);
  expect(complaints).toEqual([]);
  await close();
  receiver.close();
});

it("lets a tenant in by a link, to its own account and to nothing else", async () => {
  const receiver = await Receiver.open();
  const own = await newAccount(gateway);
  const other = await newAccount(gateway);
  const foreign = await addDestination(gateway, other, receiver.url, { description: "the other one's" });
  const { event_id: foreignEvent } = await send(gateway, other, '{"whose":"the other one\'s"}');
  await until("it has arrived", () => receiver.arrivals.length === 1);
  const foreignDelivery = String(headerLines(receiver.arrivals[0]!, "webhook-id"));

  const operator = await visitAsOperator(browser, gateway);
  await operator.page.goto(`/dashboard/accounts/${own.account_id}`);
  await operator.page.getByRole("link", { name: "Portal links" }).click();
  await operator.page.getByRole("button", { name: "Make a link" }).click();
  const link = String(await operator.page.locator(".once .secret code").textContent());

  const { page, complaints, close } = await visit(browser, gateway);
  await enterPortal(page, link);
  expect(new URL(page.url()).pathname).toBe("/portal");
  expect(page.url()).not.toContain("link=");
  await page.getByRole("link", { name: "Add a destination" }).first().click();
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByRole("button", { name: "Add the destination" }).click();
  await page.getByRole("button", { name: "Send a test event" }).click();
  expect(await page.locator(".sentence").textContent()).toContain("Delivered");
  await page.getByRole("link", { name: "Go to the destination" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Description").fill("our warehouse");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("our warehouse").waitFor();

  for (const path of [
    `/destinations/${foreign.destination_id}`,
    `/destinations/${foreign.destination_id}/edit`,
    `/destinations/${foreign.destination_id}/secret`,
    `/destinations/${foreign.destination_id}/remove`,
    `/events/${foreignEvent}`,
    `/events/${foreignEvent}/payload`,
    `/deliveries/${foreignDelivery}`,
    `/accounts/${other.account_id}`,
    "/keys",
    "/dead-letters",
    "/accounts",
  ]) {
    const answer = await page.goto(`/portal${path}`);
    expect([path, answer?.status()]).toEqual([path, 404]);
    expect(await page.content()).not.toContain("the other one");
  }
  for (const path of ["/events", "/deliveries"]) {
    await page.goto(`/portal${path}?account_id=${other.account_id}&destination_id=${foreign.destination_id}`);
    expect(await page.content()).not.toContain(foreignEvent);
  }
  for (const path of [
    `/destinations/${foreign.destination_id}/test`,
    `/destinations/${foreign.destination_id}/disable`,
    `/destinations/${foreign.destination_id}/edit`,
    `/destinations/${foreign.destination_id}/secret`,
    `/destinations/${foreign.destination_id}/recover`,
    `/destinations/${foreign.destination_id}/remove`,
    `/events/${foreignEvent}/redeliver`,
    `/deliveries/${foreignDelivery}/redeliver`,
  ]) {
    expect([path, await posted(page, `/portal${path}`)]).toEqual([path, 404]);
  }
  await posted(page, "/portal/deliveries/redeliver", `delivery_id=${foreignDelivery}`);
  await posted(page, `/portal/new-destination?account_id=${other.account_id}`, `url=${receiver.url}&http_method=POST`);
  const { json } = await call<{ data: unknown[] }>(gateway, "GET", `/accounts/${other.account_id}/destinations`);
  expect(json.data).toHaveLength(1);
  await page.goto("/dashboard/accounts");
  expect(await page.getByLabel("Operator's key").isVisible()).toBe(true);

  await operator.page.goto(`/dashboard/accounts/${own.account_id}/portal-links`);
  await operator.page.getByRole("button", { name: /^Revoke the link/ }).click();
  await page.goto("/portal");
  expect(await page.getByRole("alert").textContent()).toContain("no longer valid");
  await page.goto(link);
  expect(await page.getByRole("alert").textContent()).toContain("no longer valid");
  expect([...complaints, ...operator.complaints]).toEqual([]);
  await operator.close();
  await close();
  receiver.close();
});

it("lets a key that only looks see every page and change nothing", async () => {
  const account = await newAccount(gateway);
  const operator = await visitAsOperator(browser, gateway);
  await operator.page.goto("/dashboard/keys");
  await operator.page.getByLabel("Name").fill("On-call screen");
  await operator.page.getByLabel("Role").selectOption("viewer");
  await operator.page.getByRole("button", { name: "Make a key" }).click();
  const key = String(await operator.page.locator(".once .secret code").textContent());

  const { page, complaints, close } = await visit(browser, gateway);
  await page.goto(`/dashboard/accounts/${account.account_id}`);
  await signIn(page, key);
  expect(await heading(page)).toBe("A test's own");
  expect(await page.getByRole("link", { name: "Remove" }).count()).toBe(0);
  expect(await posted(page, `/dashboard/accounts/${account.account_id}/remove`, "confirm=A test's own")).toBe(403);
  expect(await posted(page, "/dashboard/new-account", "account_name=X&email=x@example.com")).toBe(403);

  await operator.page.goto("/dashboard/keys");
  await operator.page.locator("summary", { hasText: "Revoke" }).click();
  await operator.page.getByRole("button", { name: "Revoke On-call screen" }).click();
  await page.goto("/dashboard");
  expect(await page.getByLabel("Operator's key").isVisible()).toBe(true);
  expect([...complaints, ...operator.complaints]).toEqual([]);
  await operator.close();
  await close();
});

it("reads the API's documentation without a key, and tries a call with one", async () => {
  // found by what the document gives as an example to look for
  const account = { account_id: "acme-docs", email: "docs@acme.example", account_name: "Docs" };
  await call(gateway, "POST", "/accounts", account);
  const { page, complaints, close } = await visit(browser, gateway);
  await page.goto("/docs");
  await page.getByRole("button", { name: "Authorize" }).click();
  const dialog = page.locator(".dialog-ux");
  const scheme = dialog.locator(".auth-container", { hasText: "An operator's key" });
  await scheme.locator("input").fill(gateway.operatorKey);
  await scheme.getByRole("button", { name: "Apply credentials" }).click();
  await scheme.getByRole("button", { name: "Close" }).click();
  const operation = page.locator(".opblock", { hasText: "List accounts, newest first" });
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await operation.locator(".live-responses-table", { hasText: account.account_id }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

async function heading(page: Page): Promise<string | null> {
  return page.getByRole("heading", { level: 1 }).textContent();
}

/** The status of a form that the page has no button for, sent from the page's own origin with its cookies. */
function posted(page: Page, path: string, body = ""): Promise<number> {
  return page.evaluate(
    async ([path, body]) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return (await fetch(path, { method: "POST", headers, body, redirect: "manual" })).status;
    },
    [path, body] as const,
  );
}
