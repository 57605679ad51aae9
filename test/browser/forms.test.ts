import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addDestination, call, newAccount } from "../support/client.ts";
import { type Visit, visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened.ts";

openForTests();

let operator: Visit;
let page: Page;
let accountId: string;
let destinationId: string;

beforeAll(async () => {
  operator = await visitAsOperator(browser, gateway);
  page = operator.page;
  const account = await newAccount(gateway);
  accountId = account.account_id;
  destinationId = (await addDestination(gateway, account, "https://shop.example/hook")).destination_id;
  await call(gateway, "POST", "/accounts", { account_id: "taken", email: "taken@example.com", account_name: "Taken" });
});
afterAll(async () => {
  expect(operator.complaints).toEqual([]);
});

const GOOD_ACCOUNT = { account_name: "Good", email: "good@example.com", website: "", account_id: "" };
const GOOD_DESTINATION = {
  url: "https://shop.example/hook",
  timeout_ms: "10000",
  retry_schedule: "",
  max_attempts: "",
};

it.each([
  ["no name", { account_name: "" }, "account_name"],
  ["no e-mail", { email: "nobody" }, "email"],
  ["an e-mail that is taken, in another case", { email: "Taken@Example.com" }, "email"],
  ["a website that is none", { website: "not a url" }, "website"],
  ["an id that is none", { account_id: "no spaces" }, "account_id"],
  ["an id that is taken", { account_id: "taken" }, "account_id"],
])("creates no account with %s, and says so beside the field", async (_what, wrong, field) => {
  await page.goto("/dashboard/new-account");
  await expectRefused({ ...GOOD_ACCOUNT, ...wrong }, "Create the account", field);
});

it.each([
  ["no name", { account_name: " " }, "account_name"],
  ["an e-mail that is taken", { email: "taken@example.com" }, "email"],
  ["a website that is none", { website: "ftp://files.example" }, "website"],
])("saves no account with %s", async (_what, wrong, field) => {
  await page.goto(`/dashboard/accounts/${accountId}/edit`);
  await expectRefused(wrong, "Save", field);
});

it.each([
  ["no URL", { url: "shop.example" }, "url"],
  ["a URL of another scheme", { url: "ftp://shop.example/hook" }, "url"],
  ["a URL with a password", { url: "https://me:secret@shop.example/" }, "url"],
  ["a timeout that is too long", { timeout_ms: "30001" }, "timeout_ms"],
  ["a timeout that is no number", { timeout_ms: "soon" }, "timeout_ms"],
  ["a schedule that is none", { retry_schedule: "5, later" }, "retry_schedule"],
  ["no attempt at all", { max_attempts: "0" }, "max_attempts"],
])("adds and saves no destination with %s", async (_what, wrong, field) => {
  await page.goto(`/dashboard/new-destination?account_id=${accountId}`);
  await expectRefused({ ...GOOD_DESTINATION, ...wrong }, "Add the destination", field);
  await page.goto(`/dashboard/destinations/${destinationId}/edit`);
  await expectRefused(wrong, "Save", field);
});

it.each([
  ["a name that cannot be set", "Host", "shop.example", /cannot be set/],
  ["a name that is none", "X Shop", "north", /Not a header name/],
  ["a value beyond ASCII", "X-Shop", "nørth", /must be ASCII/],
])("adds no destination with a header that has %s, and says so in its row", async (_what, name, value, message) => {
  await page.goto(`/dashboard/new-destination?account_id=${accountId}`);
  await page.getByLabel("URL").fill(GOOD_DESTINATION.url);
  await page.getByLabel("Header name").first().fill(name);
  await page.getByLabel("Value").first().fill(value);
  await submit("Add the destination");
  const field = page.getByLabel("Header name").first();
  expect(await field.inputValue()).toBe(name);
  expect(await page.getByLabel("Value").first().inputValue()).toBe(value);
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  expect(await describedBy("header_name")).toMatch(message);
});

it("begins no recovery of times that are none", async () => {
  await page.goto(`/dashboard/destinations/${destinationId}`);
  await expectRefused({ from: "2026-11-02T10:00", to: "2026-11-01T10:00" }, "Recover", "to");
});

it("makes no key without a name", async () => {
  await page.goto("/dashboard/keys");
  await expectRefused({ name: "" }, "Make a key", "name");
});

it("removes nothing until its name is typed", async () => {
  await page.goto(`/dashboard/destinations/${destinationId}/remove`);
  await page.getByLabel(/to confirm/).fill("shop");
  await submit("Remove the destination");
  expect(await describedBy("confirm")).toContain("Nothing was removed");
  await page.goto(`/dashboard/accounts/${accountId}/remove`);
  await page.getByLabel(/to confirm/).fill("Another one");
  await submit("Remove the account");
  expect(await describedBy("confirm")).toContain("Nothing was removed");
  expect((await call(gateway, "GET", `/destinations/${destinationId}`)).status).toBe(200);
});

it.each([
  ["/dashboard/events?account_id=%27--&state=nonsense&from=never&to=x&cursor=%00&q=%25&event_id=zzz", 400],
  ["/dashboard/events?account_id=%27--&cursor=%00&q=%25&event_id=zzz", 200],
  ["/dashboard/deliveries?destination_id=nobody&state=x&reason=y&status_code=abc&from=1&cursor=dlv_", 400],
  ["/dashboard/deliveries?destination_id=nobody&cursor=dlv_", 200],
  ["/dashboard/accounts?q=%25_%27&cursor=-1", 200],
  ["/dashboard/keys?cursor=nothing", 200],
  ["/dashboard/dead-letters?cursor=nothing", 200],
  ["/dashboard?range=a-year", 200],
  [`/dashboard/deliveries/dlv_${"0".repeat(34)}`, 404],
  ["/dashboard/events/evt_nothing", 404],
])("answers a query that makes no sense with a page that says so, or finds nothing: %s", async (path, status) => {
  const answer = await page.goto(path);
  expect(answer?.status()).toBe(status);
});

/** Fills in what is given, sends the form, and expects the error beside that field with every value kept. */
async function expectRefused(values: Record<string, string>, button: string, field: string): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.locator(`[name=${name}]`).fill(value);
  await submit(button);
  expect(await page.locator(`[name=${field}]`).getAttribute("aria-invalid")).toBe("true");
  expect(await describedBy(field)).not.toBe("");
  for (const [name, value] of Object.entries(values)) {
    expect([name, await page.locator(`[name=${name}]`).inputValue()]).toEqual([name, value]);
  }
}

/** Sends the form although the browser knows better, and expects the server to refuse it. */
async function submit(button: string): Promise<void> {
  await page.locator("main form").evaluateAll((forms) => {
    for (const form of forms as HTMLFormElement[]) form.noValidate = true;
  });
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: button }).click();
  expect([400, 409]).toContain((await answer).status());
  await page.waitForLoadState("load");
}

/** What a screen reader says after the field's name. */
function describedBy(name: string): Promise<string> {
  return page
    .locator(`[name=${name}]`)
    .first()
    .evaluate((field) =>
      (field.getAttribute("aria-describedby") ?? "")
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent ?? "")
        .join(" "),
    );
}

it("acts once for two quick clicks and a reload, and goes on showing the secret", async () => {
  const cdp = await page.context().newCDPSession(page);
  const slowBy = (latency: number) =>
    cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
  const { account_id } = await newAccount(gateway);
  await page.goto(`/dashboard/new-destination?account_id=${account_id}`);
  await page.getByLabel("URL").fill("https://shop.example/once");
  const button = page.getByRole("button", { name: "Add the destination" });
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  await slowBy(300);
  await page.mouse.dblclick((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
  await page.getByRole("heading", { name: "Destination added" }).waitFor();
  await slowBy(0);
  const secret = page.locator(".once .secret code");
  const shown = await secret.textContent();
  await page.reload();
  expect(await secret.textContent()).toBe(shown);
  const list = await call<{ data: unknown[] }>(gateway, "GET", `/accounts/${account_id}/destinations`);
  expect(list.json.data).toHaveLength(1);
});

it("fills in a preset, which can be saved as it is", async () => {
  await page.goto(`/dashboard/destinations/${destinationId}/edit`);
  const choice = page.locator("[data-presets] select");
  const options = await choice
    .locator("option")
    .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
  expect(options).toContain("slack");
  for (const name of options.filter((value) => value !== "")) {
    await page.goto(`/dashboard/destinations/${destinationId}/edit`);
    await page.locator("[data-presets] select").selectOption(name);
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith("/edit"));
  }
  const { json } = await call<{ transformation: string | null }>(gateway, "GET", `/destinations/${destinationId}`);
  expect(json.transformation).toContain("Something has happened");
});
