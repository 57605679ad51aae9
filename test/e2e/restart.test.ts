import { expect, it } from "vitest";
import { addDestination, call, deliveriesOf, newAccount, send } from "../support/client.ts";
import { gateway, openForTests, receiver } from "./support/opened.ts";
import { headerLines, Receiver, refuses, thanks } from "./support/receiver.ts";
import { until } from "./support/until.ts";

openForTests();

const A_DAY_SECONDS = 86_400;

it("accounts, destinations, tokens and what was delivered are there after a restart, and go on working", async () => {
  const account = await newAccount(gateway);
  await addDestination(gateway, account, receiver.url, { headers: { "X-Secret-Key": "open sesame" } });
  const { event_id: before } = await send(gateway, account, '"before"');
  const states = () => deliveriesOf(gateway, { account_id: account.account_id, state: "delivered" });
  await until("it is delivered", async () => (await states()).length === 1);
  const shown = await call(gateway, "GET", `/accounts/${account.account_id}`);

  await gateway.stop();
  await gateway.start();

  expect((await call(gateway, "GET", `/accounts/${account.account_id}`)).status).toBe(shown.status);
  expect((await states()).map(({ event_id }) => event_id)).toEqual([before]);
  await send(gateway, account, '"after"');
  await until("the next arrives", () => receiver.arrivals.length === 2);
  expect(receiver.arrivals.map(({ body }) => body.toString())).toEqual(['"before"', '"after"']);
  expect(headerLines(receiver.arrivals[1] ?? expect.fail(), "x-secret-key")).toEqual(["open sesame"]);
});

it("a delivery that waits for its next attempt arrives after a restart, though the local queue forgets", async () => {
  const outOfOrder = await Receiver.open(refuses);
  const account = await newAccount(gateway);
  await addDestination(gateway, account, outOfOrder.url, { retry_schedule: [A_DAY_SECONDS] });
  await send(gateway, account, '"again"');
  const delivery = async () => (await deliveriesOf(gateway, { account_id: account.account_id }))[0];
  await until("its failure is recorded", async () => (await delivery())?.attempt_count === 1);

  await gateway.kill();
  outOfOrder.behaviour = thanks;
  await gateway.start();
  await gateway.sweep();
  expect((await delivery())?.state).toBe("pending");
  await gateway.passTime(2 * A_DAY_SECONDS);
  await gateway.sweep();

  await until("it is delivered", async () => (await delivery())?.state === "delivered");
  expect(outOfOrder.arrivals.length).toBe(2);
  expect(new Set(outOfOrder.arrivals.map((arrival) => headerLines(arrival, "webhook-id")[0])).size).toBe(1);
  outOfOrder.close();
});
