import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { openGateway } from "../e2e/support/gateway.ts";
import { type Behaviour, Receiver } from "../e2e/support/receiver.ts";
import { until } from "../e2e/support/until.ts";
import { addDestination, call, deliveriesOf, ingest } from "../support/client.ts";
import { openBrowser, screenshot, visitAsOperator } from "./support/browser.ts";
import { history, orderOf } from "./support/world.ts";

const WINDOW = { width: 1200, height: 800 };
const LARGEST_BYTES = 150_000;
const busy: Behaviour = (response) =>
  response.writeHead(503, { "content-type": "application/json" }).end('{"error":"import is running, try later"}');

it("draws the two pictures of the README", async () => {
  const [gateway, browser, warehouse, crm] = await Promise.all([
    openGateway(),
    openBrowser(),
    Receiver.open(),
    Receiver.open(busy),
  ]);
  const input = { account_id: "northwind", account_name: "Northwind Trading", email: "it@northwind.example" };
  const { json: account } = await call<{ account_id: string; app_secret_token: string }>(
    gateway,
    "POST",
    "/accounts",
    input,
  );
  const first = await addDestination(gateway, account, warehouse.url);
  const headers = { Authorization: "Bearer not-to-be-shown", "X-Shop": ["north", "web"] };
  const second = await addDestination(gateway, account, crm.url, { headers });
  await ingest(gateway, account.app_secret_token, orderOf(1047));
  for (const [attempts, seconds] of [
    [1, 10],
    [2, 90],
    [3, 0],
  ] as const) {
    await until(`attempt ${attempts} is recorded`, async () => {
      await gateway.sweep();
      const [delivery] = await deliveriesOf(gateway, { destination_id: second.destination_id });
      return (delivery?.attempt_count ?? 0) >= attempts;
    });
    if (seconds > 0) await gateway.passTime(seconds);
  }
  await call(gateway, "PATCH", `/destinations/${first.destination_id}`, {
    url: "https://warehouse.northwind.example/events",
  });
  await call(gateway, "PATCH", `/destinations/${second.destination_id}`, {
    url: "https://crm.example/hooks/orders",
    headers,
  });
  await gateway.write([
    ...history(),
    "UPDATE destinations SET updated_at = created_at",
    `UPDATE destinations SET failing_since = failing_since - 66000 WHERE destination_id = '${second.destination_id}'`,
    "UPDATE attempts SET started_at = started_at - CASE number WHEN 1 THEN 66000 WHEN 2 THEN 61000 ELSE 0 END",
  ]);
  const [delivery] = await deliveriesOf(gateway, { destination_id: second.destination_id });

  const { page, complaints } = await visitAsOperator(browser, gateway, { viewport: WINDOW, colorScheme: "light" });
  await page.goto("/dashboard?range=1h");
  const overview = await screenshot(page, "readme-overview", false);
  await page.goto(`/dashboard/deliveries/${delivery?.delivery_id}`);
  const deliveryPage = await screenshot(page, "readme-delivery", false);
  for (const path of [overview, deliveryPage]) expect(statSync(path).size).toBeLessThan(LARGEST_BYTES);
  expect(complaints).toEqual([]);
  await browser.close();
  for (const receiver of [warehouse, crm]) receiver.close();
  await gateway.close();
});
