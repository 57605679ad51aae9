import { expect, it } from "vitest";
import { headerLines, Receiver } from "../e2e/support/receiver.ts";
import { until } from "../e2e/support/until.ts";
import { call, ingest, type Received } from "../support/client.ts";
import { visitAsOperator } from "./support/browser.ts";
import { browser, gateway, openForTests } from "./support/opened.ts";

openForTests();

const HTML = `"'><script>document.title="hacked"</script><img src=x onerror='document.title="hacked"'><svg onload=alert(1)>{{7*7}}`;

it("shows HTML and script as text, wherever they come from", async () => {
  const receiver = await Receiver.open((response) => {
    response.writeHead(500, { "content-type": "text/html", "x-answer": HTML }).end(`<h1>${HTML}</h1>`);
  });
  const account = await call<{ app_secret_token: string }>(gateway, "POST", "/accounts", {
    account_id: "mallory",
    email: "mallory@example.com",
    account_name: HTML,
  });
  const destination = await call<{ destination_id: string }>(gateway, "POST", "/accounts/mallory/destinations", {
    url: receiver.url,
    http_method: "POST",
    headers: { "X-Source": HTML },
    description: HTML,
    max_attempts: 1,
  });
  const payload = JSON.stringify({ [HTML]: HTML, list: [HTML], closing: "</script></textarea></title></details>" });
  const sent = await ingest<Received>(gateway, account.json.app_secret_token, payload);
  await ingest(gateway, account.json.app_secret_token, JSON.stringify(HTML));
  await call(gateway, "POST", "/keys", { name: HTML, role: "viewer" });
  await until("they have arrived", () => receiver.arrivals.length === 2);
  expect(headerLines(receiver.arrivals[0]!, "x-source")).toEqual([HTML]);

  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  const { destination_id } = destination.json;
  const { json } = await call<{ data: { delivery_id: string }[] }>(gateway, "GET", "/deliveries?account_id=mallory");
  const query = encodeURIComponent(HTML);
  for (const path of [
    "",
    "/accounts",
    `/accounts?q=${query}`,
    "/accounts/mallory",
    "/accounts/mallory/edit",
    "/accounts/mallory/token",
    "/accounts/mallory/remove",
    `/accounts/${query}`,
    `/destinations/${destination_id}`,
    `/destinations/${destination_id}/edit`,
    `/destinations/${destination_id}/remove`,
    "/events",
    `/events?q=${query}&state=${query}&from=${query}&event_id=${query}&account_id=${query}`,
    `/events/${sent.json.event_id}`,
    `/events/${sent.json.event_id}/wipe`,
    `/events/${query}`,
    `/deliveries?destination_id=${query}&reason=${query}&status_code=${query}&to=${query}`,
    ...json.data.map(({ delivery_id }) => `/deliveries/${delivery_id}`),
    "/keys",
    `/nothing-here/${query}`,
  ]) {
    await page.goto(`/dashboard${path}`);
    await page.waitForTimeout(50);
    expect([path, await page.title()]).toEqual([path, expect.stringMatching(/ · Data Pusher$/)]);
    expect([path, await page.locator("main").locator("img, script, [onerror], [onload]").count()]).toEqual([path, 0]);
  }

  await page.goto(`/dashboard/events/${sent.json.event_id}`);
  expect(await page.locator(".tree").textContent()).toContain(JSON.stringify(HTML));
  await page.getByText("As received", { exact: true }).click();
  expect(await page.locator(".payload pre").textContent()).toBe(payload);
  await page.goto(`/dashboard/deliveries/${json.data[1]?.delivery_id}`);
  const text = await page.locator("main").textContent();
  expect(text).toContain(`X-Source: ${HTML}`);
  expect(text).toContain(`x-answer: ${HTML}`);
  expect(text).toContain(`<h1>${HTML}</h1>`);
  await page.goto(`/dashboard/destinations/${destination_id}`);
  await page.getByRole("button", { name: "Send a test event" }).click();
  expect(await page.locator("main").textContent()).toContain(`<h1>${HTML}</h1>`);
  expect(await page.title()).toMatch(/ · Data Pusher$/);
  expect(complaints).toEqual([]);
  await close();
  receiver.close();
});

it("does report what it would not run, so that silence means something", async () => {
  const { page, complaints, close } = await visitAsOperator(browser, gateway);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'hacked'";
    document.body.append(script);
  });
  await expect.poll(() => complaints.join()).toContain("script-src");
  expect(await page.title()).not.toBe("hacked");
  await close();
});

it("gives a payload as a file, never as a page", async () => {
  const account = await call<{ app_secret_token: string }>(gateway, "POST", "/accounts", {
    email: "file@example.com",
    account_name: "File",
  });
  const payload = `{ "b" : 1.0, "a":12345678901234567890, "html":${JSON.stringify(HTML)}, "a":2 }`;
  const { event_id } = (await ingest<Received>(gateway, account.json.app_secret_token, payload)).json;
  const { page, close } = await visitAsOperator(browser, gateway);
  await page.goto(`/dashboard/events/${event_id}`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Save as received" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${event_id}.json`);
  expect(await streamed(await download.createReadStream())).toBe(payload);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the payload" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(payload);
  await close();
});

it("takes no form from another site", async () => {
  const answer = await fetch(`${gateway.url}/dashboard/sign-in`, {
    method: "POST",
    headers: { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
    body: `key=${gateway.operatorKey}`,
    redirect: "manual",
  });
  expect(answer.status).toBe(403);
});

async function streamed(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}
