import examples from "@octokit/webhooks-examples";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Account,
  addDestination,
  call,
  type Delivery,
  type Destination,
  deliveriesOf,
  newAccount,
  readDelivery,
  send,
} from "../support/client.ts";
import { type Gateway, openGateway } from "./support/gateway.ts";
import { type Arrival, headerLines, Receiver, refuses } from "./support/receiver.ts";
import { until } from "./support/until.ts";

const LONGEST_URL = 16_384;
const OWN_QUERY = "?source=github&empty";
const HEADERS = {
  "X-Source": "data-pusher",
  authorization: "Bearer of good news",
  "x-tags": ["first", "second; q=0.5", "third"],
  "User-Agent": "Ours/1.0",
};
const WITH_BODY = ["POST", "PUT", "PATCH"];
const METHODS = [...WITH_BODY, "GET"];
/** How many senders there are at a time. */
const SENDERS = 8;

/** All that GitHub publishes; every other one indented, so that it would show if somebody wrote it anew. */
const payloads: string[] = examples
  .flatMap((definition) => definition.examples as unknown[])
  .map((example, i) => JSON.stringify(example, null, i % 2 === 0 ? 0 : 2));

describe("all of GitHub's published payloads to five destinations, one of which always answers 500", () => {
  let gateway: Gateway;
  let account: Account;
  let failing: Receiver;
  let failingDestination: Destination;
  const receivers = new Map<string, Receiver>();
  const destinations = new Map<string, Destination>();
  /** What was sent under which event id. */
  const sent = new Map<string, string>();
  let deliveries: Delivery[];

  beforeAll(async () => {
    gateway = await openGateway();
    account = await newAccount(gateway);
    failing = await Receiver.open(refuses);
    failingDestination = await addDestination(gateway, account, failing.url);
    for (const method of METHODS) {
      const receiver = await Receiver.open();
      receivers.set(method, receiver);
      const url = method === "GET" ? receiver.url + OWN_QUERY : receiver.url;
      destinations.set(method, await addDestination(gateway, account, url, { http_method: method, headers: HEADERS }));
    }

    const waiting = [...payloads];
    const sender = async () => {
      for (let payload = waiting.pop(); payload !== undefined; payload = waiting.pop()) {
        sent.set((await send(gateway, account, payload)).event_id, payload);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    await until("all but the failing one's have ended", async () => {
      deliveries = await deliveriesOf(gateway, { account_id: account.account_id });
      return deliveries.every(
        (one) => one.state !== "pending" || one.destination_id === failingDestination.destination_id,
      );
    });
  });

  afterAll(async () => {
    for (const receiver of [failing, ...receivers.values()]) receiver.close();
    await gateway.close();
  });

  const deliveriesTo = (method: string) =>
    deliveries.filter(({ destination_id }) => destination_id === destinations.get(method)?.destination_id);
  const arrivalsAt = (method: string) => receivers.get(method)?.arrivals ?? [];
  /** What was sent as that which arrived. */
  const originalOf = (arrival: Arrival): string => {
    const [id] = headerLines(arrival, "webhook-id");
    const delivery = deliveries.find(({ delivery_id }) => delivery_id === id);
    return sent.get(delivery?.event_id ?? "") ?? `nothing that was sent is ${id}`;
  };

  it("accepts each of them", () => {
    expect(payloads.length).toBe(329);
    expect(sent.size).toBe(329);
    expect(deliveries.length).toBe(5 * 329);
  });

  it.each(WITH_BODY)("every body arrives byte for byte, once, by %s", (method) => {
    expect(new Set(deliveriesTo(method).map(({ state }) => state))).toEqual(new Set(["delivered"]));
    expect(arrivalsAt(method).length).toBe(329);
    expect(new Set(arrivalsAt(method).map((arrival) => arrival.method))).toEqual(new Set([method]));
    expect(new Set(arrivalsAt(method).map(originalOf)).size).toBe(new Set(payloads).size);
    for (const arrival of arrivalsAt(method)) expect(arrival.body.toString()).toBe(originalOf(arrival));
  });

  it("every body arrives by GET as its URL's query, unless that would be too long for a URL", () => {
    const fits = (payload: string) => queryOf(payload, receivers.get("GET")?.url ?? "").length <= LONGEST_URL;
    const tooLong = deliveriesTo("GET").filter(({ event_id }) => !fits(sent.get(event_id) ?? ""));
    expect(tooLong.length).toBeGreaterThan(0);
    for (const delivery of tooLong) expect(delivery).toMatchObject({ state: "discarded", reason: "unsendable" });
    expect(arrivalsAt("GET").length).toBe(329 - tooLong.length);
    for (const arrival of arrivalsAt("GET")) {
      expect(arrival.method).toBe("GET");
      expect(arrival.body.length).toBe(0);
      const { origin } = new URL(receivers.get("GET")?.url ?? "");
      expect(parametersOf(new URL(origin + arrival.target))).toEqual(
        parametersOf(new URL(queryOf(originalOf(arrival), `${origin}/hook`))),
      );
    }
  });

  it.each(METHODS)("every header arrives as it was stored, a list as its values in order, by %s", (method) => {
    expect(arrivalsAt(method).length).toBeGreaterThan(0);
    for (const arrival of arrivalsAt(method)) {
      for (const [name, value] of Object.entries(HEADERS)) {
        expect(headerLines(arrival, name).join(", "), name).toBe([value].flat().join(", "));
      }
      expect(headerLines(arrival, "content-type")).toEqual(method === "GET" ? [] : ["application/json"]);
    }
  });

  it.each(METHODS)("every signature verifies with the public library over what arrived, by %s", (method) => {
    const webhook = new Webhook(destinations.get(method)?.signing_secret ?? "");
    const signed = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    for (const arrival of arrivalsAt(method)) {
      const content =
        method === "GET" ? arrival.target.slice(arrival.target.indexOf("?") + 1) : arrival.body.toString();
      const headers = Object.fromEntries(signed.map((name) => [name, headerLines(arrival, name).join()]));
      expect(() => webhook.verify(content, headers, { jsonParse: false })).not.toThrow();
      expect(() => webhook.verify(`${content} `, headers, { jsonParse: false })).toThrow();
    }
  });

  it("the failing destination's are kept for later, with the attempts that were made", async () => {
    const failed = deliveries.filter(({ destination_id }) => destination_id === failingDestination.destination_id);
    expect(failed.length).toBe(329);
    expect(new Set(failed.map(({ state }) => state))).toEqual(new Set(["pending"]));
    const attempted = failed.filter(({ attempt_count }) => attempt_count > 0);
    expect(attempted.length).toBeGreaterThan(0);
    for (const { delivery_id, last_status_code } of attempted.slice(0, 5)) {
      expect(last_status_code).toBe(500);
      const [first] = (await readDelivery(gateway, delivery_id)).attempts;
      expect(first).toMatchObject({
        number: 1,
        outcome: "http_error",
        status_code: 500,
        response_body: "out of order",
      });
    }
    const { json } = await call<Destination>(gateway, "GET", `/destinations/${failingDestination.destination_id}`);
    expect(json.consecutive_failures).toBeGreaterThan(0);
    expect(json.enabled).toBe(true);
  });
});

/** The URL of a GET, as the contract says it, by the shortest way from the parsed payload. */
function queryOf(payload: string, url: string): string {
  const parameters = Object.entries(JSON.parse(payload) as Record<string, unknown>).flatMap(([name, value]) =>
    textsOf(value).map((text) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`),
  );
  return new URL([url + OWN_QUERY, ...parameters].join("&")).href;
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every(isScalar)) return value.map(String);
  if (value === null) return [""];
  return [isScalar(value) ? String(value) : JSON.stringify(value)];
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function parametersOf(url: URL): [string, string][] {
  return [...url.searchParams];
}
