import { describe, expect, it, vi } from "vitest";
import { checkDestination } from "../../src/destinations/check-destination";
import { OpenHeaders } from "../../src/security/masking";
import { call, openGateway, type Problem } from "../support/gateway";
import { githubPayload } from "../support/github";
import { lastAt, openReceiver } from "../support/receivers";
import {
  addDestination,
  type Event,
  ingest,
  newAccount,
  type Page,
  type Received,
  send,
  settled,
} from "../support/tenants";

const HOPS = "data-pusher-hops";
const BODY = githubPayload("ping");

describe("a destination that leads back to a gateway", () => {
  it("makes three events of one, and is refused with 508 from then on", async () => {
    const account = await newAccount();
    const answers: number[] = [];
    const loop = openReceiver(async (received) => {
      const headers = { [HOPS]: received.headers.get(HOPS) ?? "" };
      const { status } = await ingest(account.app_secret_token, await received.text(), { headers });
      answers.push(status);
      return new Response(null, { status });
    });
    await addDestination(account, loop.url, { max_attempts: 1 });
    await send(account, BODY);
    await vi.waitUntil(() => answers.includes(508), { timeout: 4_000 });
    const { json } = await call<Page<Event>>("GET", `/events?account_id=${account.account_id}`);
    expect(json.data).toHaveLength(3);
    expect(answers.sort()).toEqual([200, 200, 508]);
  });

  it.each([
    ["as far as two gateways", "2", 200],
    ["through a third", "3", 508],
    ["twice over", "1, 1", 508],
    ["with a count that is none", "many", 508],
  ])("is told by its hops: %s", async (_situation, hops, status) => {
    const account = await newAccount();
    const answer = await ingest<Problem>(account.app_secret_token, BODY, { headers: { [HOPS]: hops } });
    expect(answer.status, answer.text).toBe(status);
    if (status === 508)
      expect(answer.json).toMatchObject({ message: "Invalid Data", code: "loop", errors: [{ path: HOPS }] });
  });

  it("gets one hop more than came in", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    await addDestination(account, receiver.url);
    await settled((await send(account, BODY)).event_id);
    expect(lastAt(receiver).headers.get(HOPS)).toBe("1");
    const second = await ingest<Received>(account.app_secret_token, BODY, { headers: { [HOPS]: "1" } });
    await settled(second.json.event_id);
    expect(lastAt(receiver).headers.get(HOPS)).toBe("2");
  });

  it("cannot set the count itself", async () => {
    const account = await newAccount();
    const body = { url: "https://shop.example/", http_method: "POST", headers: { "Data-Pusher-Hops": "0" } };
    const answer = await call<Problem>("POST", `/accounts/${account.account_id}/destinations`, body);
    expect(answer.json).toMatchObject({ code: "invalid_input", errors: [{ path: "headers.Data-Pusher-Hops" }] });
  });

  it.each(["https://gateway.test/server/incoming_data", "http://gateway.test/", "https://other.test:8443/x"])(
    "is refused on save where it names the gateway itself: %s",
    async (url) => {
      const { door } = openGateway({ PUBLIC_ORIGINS: "https://other.test:8443, https://third.test" });
      const account = await newAccount();
      const body = { url, http_method: "POST", headers: {} };
      const path = `/accounts/${account.account_id}/destinations`;
      const added = await call<Problem>("POST", path, body, { door });
      expect(added.status, added.text).toBe(400);
      expect(added.json.errors).toMatchObject([{ path: "url", message: expect.stringMatching(/gateway itself/) }]);
      const other = await addDestination(account, "https://shop.example/");
      const changed = await call<Problem>("PATCH", `/destinations/${other.destination_id}`, { url }, { door });
      expect(changed.json.errors).toMatchObject([{ path: "url" }]);
    },
  );
});

describe("the gateway's own host", () => {
  const outbound = { allowPrivate: true, httpsOnly: false, allowedHosts: [] };

  it.each([
    ["http://localhost:8787/hook", "127.0.0.1:8787"],
    ["http://127.0.0.1:8787/hook", "localhost:8787"],
    ["http://[::1]:8787/hook", "localhost:8787"],
    ["https://GATEWAY.example/hook", "gateway.example"],
  ])("%s is %s", (url, host) => {
    const errors = checkDestination({ url, headers: new OpenHeaders({}) }, { outbound, ownHosts: [host] });
    expect(errors).toMatchObject([{ path: "url" }]);
  });

  it("is no other port's and no other name's", () => {
    const gateway = { outbound, ownHosts: ["localhost:8787", "gateway.example"] };
    for (const url of ["http://localhost:9000/", "https://hooks.gateway.example/"])
      expect(checkDestination({ url, headers: new OpenHeaders({}) }, gateway)).toEqual([]);
  });
});
