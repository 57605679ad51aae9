import { expect, it } from "vitest";
import { call, type Delivery, ingest, type Received, readDelivery } from "../support/client.ts";
import { gateway, openForTests, receiver } from "./support/opened.ts";
import { until } from "./support/until.ts";

openForTests();

it("takes a newcomer from nothing to a delivered event that can be looked up", async () => {
  const health = await fetch(`${gateway.url}/health`);
  expect(health.status).toBe(200);

  const account = await call<Record<string, string>>(gateway, "POST", "/accounts", {
    account_id: "acme",
    email: "ops@acme.example",
    account_name: "Acme",
  });
  expect(account).toMatchObject({ status: 201, json: { account_id: "acme", app_secret_token: expect.any(String) } });

  const destination = await call<Record<string, string>>(gateway, "POST", "/accounts/acme/destinations", {
    url: receiver.url,
    http_method: "POST",
    headers: { "X-From": "data-pusher" },
  });
  expect(destination).toMatchObject({ status: 201, json: { signing_secret: expect.stringMatching(/^whsec_/) } });

  const token = String(account.json.app_secret_token);
  const sent = await ingest<Received>(gateway, token, '{"hello":"world"}');
  expect(sent).toMatchObject({ status: 200, json: { success: true, message: "Data Received", deliveries: 1 } });

  await until("the event arrives", () => receiver.arrivals.length > 0);
  expect(receiver.arrivals.map(({ method, target, body }) => `${method} ${target} ${body}`)).toEqual([
    'POST /hook {"hello":"world"}',
  ]);

  const list = () => call<{ data: Delivery[] }>(gateway, "GET", "/deliveries?account_id=acme");
  await until("the delivery is recorded", async () => (await list()).json.data[0]?.state === "delivered");
  const [delivery, ...others] = (await list()).json.data;
  expect(others).toEqual([]);
  expect(delivery).toMatchObject({ event_id: sent.json.event_id, attempt_count: 1, last_status_code: 200 });
  expect((await readDelivery(gateway, delivery?.delivery_id ?? "")).attempts).toMatchObject([
    { number: 1, outcome: "success", status_code: 200, response_body: "thank you" },
  ]);

  const event = await call(gateway, "GET", `/events/${sent.json.event_id}`);
  expect(event.json).toMatchObject({ payload: '{"hello":"world"}', delivery_counts: { delivered: 1, pending: 0 } });
});

it("shows a stranger nothing", async () => {
  for (const path of ["/accounts", "/destinations", "/events", "/deliveries"]) {
    expect((await fetch(gateway.url + path)).status, path).toBe(401);
  }
});
