/** What a user of the gateway does, by its HTTP API. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Gateway } from "./gateway.ts";

export type Account = { account_id: string; app_secret_token: string };
export type Destination = {
  destination_id: string;
  signing_secret: string;
  consecutive_failures: number;
  enabled: boolean;
};
export type Delivery = {
  delivery_id: string;
  event_id: string;
  destination_id: string;
  state: "pending" | "delivered" | "exhausted" | "discarded";
  reason: string | null;
  attempt_count: number;
  last_status_code: number | null;
};
export type Attempt = {
  number: number;
  outcome: string;
  status_code: number | null;
  duration_ms: number;
  response_body: string | null;
};
type Page<Item> = { data: Item[]; next_cursor: string | null };

const LONGEST_WAIT_MS = 60_000;

export function newAccount(gateway: Gateway): Promise<Account> {
  const input = { email: `${randomUUID()}@example.com`, account_name: "A test's own" };
  return expectStatus(201, gateway.call<Account>("POST", "/accounts", input));
}

export function addDestination(
  gateway: Gateway,
  account: Account,
  url: string,
  input: Record<string, unknown> = {},
): Promise<Destination> {
  const body = { url, http_method: "POST", headers: {}, ...input };
  return expectStatus(201, gateway.call<Destination>("POST", `/accounts/${account.account_id}/destinations`, body));
}

/** Sends an event that is accepted: its id. */
export async function send(gateway: Gateway, account: Account, payload: string): Promise<string> {
  return (await expectStatus(200, gateway.send(account.app_secret_token, payload))).event_id;
}

/** All deliveries that the query lets through, page after page. */
export async function deliveriesOf(gateway: Gateway, query: Record<string, string>): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const parameters = new URLSearchParams({ limit: "100", ...query, ...(cursor && { cursor }) });
    const page: Page<Delivery> = await expectStatus(200, gateway.call("GET", `/deliveries?${parameters}`));
    deliveries.push(...page.data);
    cursor = page.next_cursor;
  }
  return deliveries;
}

export async function attemptsOf(gateway: Gateway, deliveryId: string): Promise<Attempt[]> {
  const delivery = gateway.call<{ attempts: Attempt[] }>("GET", `/deliveries/${deliveryId}`);
  return (await expectStatus(200, delivery)).attempts;
}

/** Waits until that holds: nothing is said about how fast, only that it comes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + LONGEST_WAIT_MS; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
  }
}

async function expectStatus<Body>(status: number, answered: Promise<Answer<Body>>): Promise<Body> {
  const answer = await answered;
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.json)}`);
  return answer.json;
}
