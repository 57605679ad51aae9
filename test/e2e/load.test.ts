import { expect, it } from "vitest";
import { addDestination, ingest, newAccount } from "../support/client.ts";
import { gateway, openForTests, receiver } from "./support/opened.ts";
import { until } from "./support/until.ts";

openForTests();

const CONNECTIONS = 64;
/** The bounded part; `LOAD=full` sends as many as once made descriptors leak. */
const EVENTS = process.env.LOAD === "full" ? 20_000 : 5_000;

it("accepts thousands of events over many connections that share transactions, each delivered once", async () => {
  const account = await newAccount(gateway);
  await addDestination(gateway, account, receiver.url);
  const statuses = new Map<number, number>();
  let next = 0;
  const connection = async () => {
    while (next < EVENTS) {
      const { status } = await ingest(gateway, account.app_secret_token, JSON.stringify({ number: next++ }));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  expect([...statuses]).toEqual([[200, EVENTS]]);

  await until("all have arrived", () => receiver.arrivals.length >= EVENTS);
  expect(receiver.arrivals).toHaveLength(EVENTS);
  expect(new Set(receiver.arrivals.map(({ body }) => body.toString())).size).toBe(EVENTS);
});
