import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { gatewayOf } from "../../src/env";
import { consume } from "../../src/queue/consume";
import { call, openGateway } from "../support/gateway";
import { lastAt, openReceiver } from "../support/receivers";
import { type Account, addDestination, ingest, newAccount, send, settled } from "../support/tenants";

const CLOUD_EVENT = "application/cloudevents+json; charset=utf-8";
const BODY = '{"specversion":"1.0","id":"1","source":"/shop","type":"order.made"}';
const NAMES = ["X-GitHub-Event", "traceparent", "ce-*"];
const INCOMING = {
  "x-github-event": "push",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "ce-id": "17",
  "ce-type": "order.made",
};
const NOT_NAMED = { "x-github-delivery": "no", "x-ce-id": "no", tracestate: "no", ceremony: "no" };

/** What a request with these headers lets arrive at a destination with those. */
async function arrivedWith(headers: Record<string, string>, own = {}, account: Partial<Account> = {}, method = "POST") {
  const tenant = await newAccount(account);
  const receiver = openReceiver();
  await addDestination(tenant, receiver.url, { headers: own, http_method: method });
  await settled((await send(tenant, BODY, { headers })).event_id);
  return lastAt(receiver);
}

describe("the content type of an event", () => {
  it.each([
    CLOUD_EVENT,
    "application/vnd.api+json",
    'Application/LD+JSON; profile="http://www.w3.org/ns/activitystreams"',
  ])("%s goes out as it came", async (type) => {
    const { headers, text } = await arrivedWith({ "content-type": type });
    expect([headers.get("content-type"), text]).toEqual([type, BODY]);
  });

  it.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])(
    "%s goes out as application/json",
    async (type) => {
      expect((await arrivedWith({ "content-type": type })).headers.get("content-type")).toBe("application/json");
    },
  );

  it("keeps the type alone when its parameters are too long to be sent on", async () => {
    const { headers } = await arrivedWith({ "content-type": `application/a+json; note=${"x".repeat(300)}` });
    expect(headers.get("content-type")).toBe("application/a+json");
  });

  it("gives way to the destination's own", async () => {
    const { headers } = await arrivedWith({ "content-type": CLOUD_EVENT }, { "Content-Type": "text/plain" });
    expect(headers.get("content-type")).toBe("text/plain");
  });

  it("is not sent with a GET, which has no content", async () => {
    const { headers } = await arrivedWith({ "content-type": CLOUD_EVENT }, {}, {}, "GET");
    expect(headers.get("content-type")).toBeNull();
  });
});

describe("headers that an account passes on", () => {
  it("arrive, and no others", async () => {
    const { headers } = await arrivedWith({ ...INCOMING, ...NOT_NAMED }, {}, { forward_headers: NAMES });
    expect(Object.fromEntries(headers)).toMatchObject(INCOMING);
    for (const name of Object.keys(NOT_NAMED)) expect(headers.get(name), name).toBeNull();
  });

  it("arrive with a GET as well", async () => {
    const { headers } = await arrivedWith(INCOMING, {}, { forward_headers: NAMES }, "GET");
    expect(Object.fromEntries(headers)).toMatchObject(INCOMING);
  });

  it("are none unless it names some", async () => {
    const { headers } = await arrivedWith(INCOMING);
    for (const name of Object.keys(INCOMING)) expect(headers.get(name), name).toBeNull();
  });

  it("give way to the destination's own, and win over the defaults", async () => {
    const own = { "CE-Id": "mine" };
    const names = { forward_headers: [...NAMES, "user-agent", "accept"] };
    const { headers } = await arrivedWith({ ...INCOMING, "user-agent": "shop/1", accept: "a/b" }, own, names);
    const sent = ["ce-id", "ce-type", "user-agent", "accept"].map((name) => headers.get(name));
    expect(sent).toEqual(["mine", "order.made", "shop/1", "a/b"]);
  });

  it("are those of the first call when its idempotency key comes again", async () => {
    const account = await newAccount({ forward_headers: ["ce-*"] });
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const key = { "idempotency-key": "order-17" };
    const { event_id } = await send(account, BODY, { headers: { ...key, "ce-id": "1" } });
    expect(await send(account, BODY, { headers: { ...key, "ce-id": "2" } })).toMatchObject({
      event_id,
      duplicate: true,
    });
    await settled(event_id);
    expect(receiver.arrived.map(({ headers }) => headers.get("ce-id"))).toEqual(["1"]);
  });

  it("and the content type are sent again with a later attempt", async () => {
    const account = await newAccount({ forward_headers: NAMES });
    let status = 500;
    const receiver = openReceiver(async () => new Response("", { status }));
    await addDestination(account, receiver.url);
    const { event_id } = await send(account, BODY, { headers: { ...INCOMING, "content-type": CLOUD_EVENT } });
    await settled(event_id);
    status = 200;
    await call("POST", `/events/${event_id}/redeliveries`);
    await vi.waitUntil(() => receiver.arrived.length === 2, { timeout: 4_000, interval: 20 });
    const sent = { ...INCOMING, "content-type": CLOUD_EVENT };
    expect(Object.fromEntries(lastAt(receiver).headers)).toMatchObject(sent);
  });

  it("and the content type come through the queue", async () => {
    const account = await newAccount({ forward_headers: NAMES });
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const messages: unknown[] = [];
    const queue = { send: async (message: unknown) => void messages.push(message) };
    const { door } = openGateway({ ACCEPT: "queue", QUEUE: queue });
    const headers = { ...INCOMING, ...NOT_NAMED, "content-type": CLOUD_EVENT };
    await ingest(account.app_secret_token, BODY, { door, headers });
    await takeIn([...messages, ...messages]);
    expect(receiver.arrived).toHaveLength(1);
    expect(Object.fromEntries(lastAt(receiver).headers)).toMatchObject({ ...INCOMING, "content-type": CLOUD_EVENT });
    expect(lastAt(receiver).headers.get("tracestate")).toBeNull();
  });

  it("are none in a message that a version before put into the queue", async () => {
    const account = await newAccount({ forward_headers: NAMES });
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    const messages: { accept: Record<string, unknown> }[] = [];
    const queue = { send: async (message: { accept: Record<string, unknown> }) => void messages.push(message) };
    const { door } = openGateway({ ACCEPT: "queue", QUEUE: queue });
    await ingest(account.app_secret_token, BODY, { door, headers: INCOMING });
    await takeIn(
      messages.map(({ accept: { contentType: _, incomingHeaders: __, ...before } }) => ({ accept: before })),
    );
    expect(lastAt(receiver).text).toBe(BODY);
    expect(lastAt(receiver).headers.get("content-type")).toBe("application/json");
    expect(lastAt(receiver).headers.get("ce-id")).toBeNull();
  });
});

describe("never passed on, whatever an account names", () => {
  const SECRETS = { cookie: "session=1", authorization: "Bearer 1", "cf-worker": "x", "webhook-id": "forged" };

  it("are tokens, cookies and what is made for each request, though a name begins as they do", async () => {
    const names = { forward_headers: ["c*", "a*", "w*", "x-*"] };
    const { headers } = await arrivedWith({ ...SECRETS, "x-trace": "1" }, {}, names);
    expect(headers.get("x-trace")).toBe("1");
    expect([headers.get("cookie"), headers.get("authorization"), headers.get("cl-x-token")]).toEqual([
      null,
      null,
      null,
    ]);
    expect(headers.get("webhook-id")).toMatch(/^dlv_/);
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("is a value that no request could carry, or that is endless", async () => {
    const names = { forward_headers: ["x-*"] };
    const { headers } = await arrivedWith({ "x-long": "x".repeat(4_097), "x-a": "1" }, {}, names);
    expect([headers.get("x-long"), headers.get("x-a")]).toEqual([null, "1"]);
  });
});

describe("an account's forward_headers", () => {
  it("are kept in lower case, each once, and can be changed and removed", async () => {
    const account = await newAccount({ forward_headers: ["CE-*", "ce-*", " TraceParent "] });
    expect(account.forward_headers).toEqual(["ce-*", "traceparent"]);
    const path = `/accounts/${account.account_id}`;
    const changed = await call<Account>("PATCH", path, { forward_headers: ["x-a"] });
    expect(changed.json.forward_headers).toEqual(["x-a"]);
    expect((await call<Account>("PATCH", path, { account_name: "Other" })).json.forward_headers).toEqual(["x-a"]);
    expect((await call<Account>("PATCH", path, { forward_headers: null })).json.forward_headers).toEqual([]);
  });

  it.each([
    ["a cookie", ["Cookie"]],
    ["the token", ["CL-X-Token"]],
    ["a signature's header", ["webhook-id"]],
    ["all that are made for each request", ["cf-*"]],
    ["everything", ["*"]],
    ["a pattern in the middle", ["ce-*-id"]],
    ["no header's name", ["x a"]],
    ["an empty name", [""]],
    ["eleven names", Array.from({ length: 11 }, (_, i) => `x-${i}`)],
    ["a text", "ce-*"],
  ])("refuse %s", async (_what, names) => {
    const account = await newAccount();
    const { status, json } = await call("PATCH", `/accounts/${account.account_id}`, { forward_headers: names });
    expect([status, json.errors[0]?.path.split(".")[0]]).toEqual([400, "forward_headers"]);
  });
});

/** Lets the consumer process the messages. */
async function takeIn(bodies: unknown[]): Promise<void> {
  const timestamp = new Date();
  const messages = bodies.map((body, i) => ({ id: `m${i}`, timestamp, attempts: 1, body }));
  const held: Promise<unknown>[] = [];
  await consume(gatewayOf({ ...env }), createMessageBatch("data-pusher", messages).messages, (work) => held.push(work));
  await Promise.all(held);
}
