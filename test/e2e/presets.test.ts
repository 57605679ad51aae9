/** Each preset at somebody who takes its format and refuses every other: an SDK, a message service, a form parser. */
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import presets from "../../src/transformations/presets.json";
import { addDestination, type Delivery, type Destination, deliveriesOf, newAccount, send } from "../support/client.ts";
import { slackAnswer } from "../support/slack.ts";
import { gateway, openForTests } from "./support/opened.ts";
import { type Arrival, headerLines, Receiver } from "./support/receiver.ts";
import { until } from "./support/until.ts";

openForTests();

const EVENT =
  '{ "order": {"id": 12345678901234567890, "note": "<@everyone> & \\"Zoë\\" \'s"}, "tags": ["a", "b & c"] }';
/** Without a number that a reader of JSON would round. */
const SMALL = '{"order":{"id":12,"note":"Zoë"},"tags":["a"]}';

type Request = { headers: Record<string, string>; body: string };
type Reader = (request: Request) => boolean;

const isCloudEvent: Reader = (request) => {
  const event = HTTP.toEvent(request);
  return event instanceof CloudEvent && event.validate();
};
const READERS: Record<string, Reader> = {
  slack: (request) => slackAnswer(request) === "ok",
  "cloudevents-structured": ({ headers, body }) =>
    headers["content-type"]?.startsWith("application/cloudevents+json") === true && isCloudEvent({ headers, body }),
  "cloudevents-binary": (request) => request.headers["ce-id"] !== undefined && isCloudEvent(request),
  form: ({ headers, body }) =>
    headers["content-type"] === "application/x-www-form-urlencoded" && new URLSearchParams(body).has("order"),
};

const receivers = new Map<string, Receiver>();
const secrets = new Map<string, string>();
let deliveries: Delivery[];
let destinations: Map<string, string>;

beforeAll(async () => {
  const account = await newAccount(gateway);
  destinations = new Map();
  for (const [name, reads] of Object.entries(READERS)) {
    const receiver: Receiver = await Receiver.open((response) => {
      const last = receiver.arrivals.at(-1);
      response.writeHead(last && isRead(reads, requestOf(last)) ? 200 : 400).end();
    });
    receivers.set(name, receiver);
    const { transformation, templates } = presets.find((preset) => preset.name === name) ?? {};
    const input = { transformation, templates, max_attempts: 1 };
    const made = await addDestination<Destination>(gateway, account, receiver.url, input);
    secrets.set(name, made.signing_secret);
    destinations.set(made.destination_id, name);
    const plain = await addDestination<Destination>(gateway, account, `${receiver.url}/plain`, { max_attempts: 1 });
    destinations.set(plain.destination_id, `${name}, as it came`);
  }
  for (const body of [EVENT, SMALL]) await send(gateway, account, body, { "cl-x-event-type": "order.paid" });
  await until("all have ended", async () => {
    deliveries = await deliveriesOf(gateway, { account_id: account.account_id });
    return deliveries.every(({ state }) => state !== "pending");
  });
});
afterAll(() => {
  for (const receiver of receivers.values()) receiver.close();
});

const statesAt = (name: string) =>
  deliveries.filter(({ destination_id }) => destinations.get(destination_id) === name).map(({ state }) => state);
const arrivalsAt = (name: string) =>
  (receivers.get(name)?.arrivals ?? []).filter(({ target }) => !target.endsWith("/plain"));

it.each(Object.keys(READERS))("who reads %s takes it, and refuses the event as it came", (name) => {
  expect(statesAt(name)).toEqual(["delivered", "delivered"]);
  expect(statesAt(`${name}, as it came`)).toEqual(["exhausted", "exhausted"]);
});

it.each(Object.keys(READERS))("the signature is of what was sent: %s", (name) => {
  const webhook = new Webhook(secrets.get(name) ?? "");
  expect(arrivalsAt(name)).toHaveLength(2);
  for (const { headers, body } of arrivalsAt(name).map(requestOf)) {
    expect(() => webhook.verify(body, headers, { jsonParse: false })).not.toThrow();
    expect(() => webhook.verify(`${body} `, headers, { jsonParse: false })).toThrow();
  }
});

it.each(["cloudevents-structured", "cloudevents-binary"])("the SDK finds the event in %s", (name) => {
  const [event] = arrivalsAt(name)
    .map(requestOf)
    .filter(({ body }) => body.includes('"id":12,'))
    .map(HTTP.toEvent);
  expect(event).toMatchObject({ specversion: "1.0", type: "order.paid", data: JSON.parse(SMALL) });
});

it("the form has each member, and each value of a list", () => {
  const [body = ""] = arrivalsAt("form")
    .map((one) => requestOf(one).body)
    .filter((text) => text.includes("1234567"));
  expect([...new URLSearchParams(body)]).toEqual([
    ["order", '{"id":12345678901234567890,"note":"<@everyone> & \\"Zoë\\" \'s"}'],
    ["tags", "a"],
    ["tags", "b & c"],
  ]);
});

function requestOf(arrival: Arrival): Request {
  const names = arrival.headers.map(([name]) => name.toLowerCase());
  const headers = Object.fromEntries(names.map((name) => [name, headerLines(arrival, name).join(", ")]));
  return { headers, body: arrival.body.toString() };
}

/** What cannot be read at all is refused as well. */
function isRead(reads: Reader, request: Request): boolean {
  try {
    return reads(request);
  } catch {
    return false;
  }
}
