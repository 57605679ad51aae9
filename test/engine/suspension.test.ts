/** A suspended account: nothing comes in, nothing goes out, everything is kept, and goes on afterwards. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { everyMinute } from "../../src/cron/every-minute";
import { gatewayOf } from "../../src/env";
import { call, openGateway } from "../support/gateway";
import { operator, operatorKey, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type Delivery,
  type Destination,
  ingest,
  newAccount,
  type Page,
  send,
  settled,
} from "../support/tenants";

function suspend(account: Account, suspended = true) {
  return call<Account & { suspended_at: string | null }>("PATCH", `/accounts/${account.account_id}`, { suspended });
}

async function deliveriesOf(account: Account): Promise<Delivery[]> {
  return (await call<Page<Delivery>>("GET", `/deliveries?account_id=${account.account_id}`)).json.data;
}

afterEach(() => vi.useRealTimers());

describe("a suspended account", () => {
  it("is refused with its own code, stores nothing, and is taken in again once resumed", async () => {
    const receiver = openReceiver();
    const account = await newAccount();
    await addDestination(account, receiver.url);
    const { status, json } = await suspend(account);
    expect([status, typeof json.suspended_at]).toEqual([200, "string"]);
    const refused = await ingest<{ code: string; message: string }>(account.app_secret_token, "{}");
    expect([refused.status, refused.json.code, refused.json.message]).toEqual([
      403,
      "account_suspended",
      "Un Authenticate",
    ]);
    // what is wrong with the body is not said to whom it is closed
    expect((await ingest(account.app_secret_token, "{")).status).toBe(403);
    const events = await call<Page<unknown>>("GET", `/events?account_id=${account.account_id}`);
    expect(events.json.data).toEqual([]);
    expect((await suspend(account, false)).json.suspended_at).toBeNull();
    await settled((await send(account, "{}")).event_id);
    expect(receiver.arrived).toHaveLength(1);
  });

  it("is refused where events go to the queue first as well", async () => {
    const account = await newAccount();
    const { door } = openGateway({ ACCEPT: "queue" });
    const sendIt = () => ingest(account.app_secret_token, "{}", { door });
    expect((await sendIt()).status).toBe(202);
    await suspend(account);
    const { door: other } = openGateway({ ACCEPT: "queue" });
    expect((await ingest(account.app_secret_token, "{}", { door: other })).status).toBe(403);
  });

  it("gets nothing, loses nothing, and gets what waited once it goes on", async () => {
    let status = 503;
    const receiver = openReceiver(() => new Response("", { status }));
    const account = await newAccount();
    const { destination_id } = await addDestination(account, receiver.url, { retry_schedule: [1] });
    const event = await send(account, '{"n":1}');
    await vi.waitFor(async () => expect((await deliveriesOf(account))[0]?.attempt_count).toBe(1));
    await suspend(account);
    const before = receiver.arrived.length;
    const read = await call<Destination>("GET", `/destinations/${destination_id}`);
    expect(read.json).toMatchObject({ enabled: false, disabled_reason: "account_suspended" });
    const refusals = [
      await call("POST", `/destinations/${destination_id}/tests`),
      await call("PUT", `/destinations/${destination_id}/activation`),
      await call("POST", `/accounts/${account.account_id}/destinations`, {
        url: receiver.url,
        http_method: "POST",
        headers: {},
      }),
    ];
    expect(refusals.map((one) => [one.status, one.json.code])).toEqual(Array(3).fill([409, "account_suspended"]));
    const again = await call<{ restarted: number }>("POST", `/events/${event.event_id}/redeliveries`);
    expect(again.json.restarted).toBe(0);
    expect(receiver.arrived.length).toBe(before);
    expect(await deliveriesOf(account)).toMatchObject([{ state: "pending" }]);

    // its retry comes due meanwhile
    const worker = { ...gatewayOf(env), queue: null };
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    await everyMinute(worker);
    expect(receiver.arrived.length).toBe(before);
    expect(await deliveriesOf(account)).toMatchObject([{ state: "pending" }]);

    status = 200;
    await suspend(account, false);
    const resumed = await call<Destination>("GET", `/destinations/${destination_id}`);
    expect(resumed.json).toMatchObject({ enabled: true, disabled_reason: null });
    await everyMinute(worker);
    await settled(event.event_id);
    expect(await deliveriesOf(account)).toMatchObject([{ state: "delivered", attempt_count: 2 }]);
  });

  it("keeps what was disabled before it as it was", async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver().url);
    await call("DELETE", `/destinations/${destination_id}/activation`);
    await suspend(account);
    await suspend(account, false);
    const read = await call<Destination>("GET", `/destinations/${destination_id}`);
    expect(read.json).toMatchObject({ enabled: false, disabled_reason: "disabled_by_operator" });
  });

  it("is suspended by an admin alone, and by nothing that is sent with it", async () => {
    const account = await newAccount();
    const editor = await operatorKey("editor");
    const by = { headers: { authorization: `Bearer ${editor.operator_key}` } };
    const refused = await call("PATCH", `/accounts/${account.account_id}`, { suspended: true }, by);
    expect([refused.status, refused.json.code]).toEqual([403, "forbidden"]);
    const mixed = await call("PATCH", `/accounts/${account.account_id}`, { suspended: true, account_name: "x" });
    expect([mixed.status, mixed.json.errors[0]?.path]).toEqual([400, "suspended"]);
    expect((await ingest(account.app_secret_token, "{}")).status).toBe(200);
  });

  it("says so on its pages, to its operator with a way out, to its tenant without", async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver().url);
    const [admin, { browser }] = [await operator(), await tenant(account)];
    await admin.submit(`/dashboard/accounts/${account.account_id}/suspend`);
    const page = await admin.visit(`/dashboard/accounts/${account.account_id}`);
    expect(page.text).toContain("Suspended since");
    expect(page.text).toContain("Resume the account");
    const home = await browser.visit("/portal");
    expect(home.text).toContain("Suspended since");
    expect(home.text).not.toContain("Resume the account");
    await browser.send(`/portal/destinations/${destination_id}/enable`);
    expect((await call<Destination>("GET", `/destinations/${destination_id}`)).json.enabled).toBe(false);
    await admin.submit(`/dashboard/accounts/${account.account_id}/resume`);
    expect((await ingest(account.app_secret_token, "{}")).status).toBe(200);
  });
});

describe("what an operator has disabled", () => {
  it("no tenant enables", async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver().url);
    const { browser } = await tenant(account);
    await call("DELETE", `/destinations/${destination_id}/activation`);
    const path = `/portal/destinations/${destination_id}`;
    const { text } = await browser.submit(`${path}/enable`);
    expect(text).toContain("only an operator can enable it");
    const form = await browser.visit(`${path}/edit`);
    const read_at = /name="read_at" value="(\d+)"/.exec(form.text)?.[1] ?? "";
    const edit = { url: openReceiver().url, http_method: "POST", enabled: "true", read_at };
    expect((await browser.send(`${path}/edit`, edit)).status).toBe(409);
    expect((await call<Destination>("GET", `/destinations/${destination_id}`)).json.enabled).toBe(false);
    await call("PUT", `/destinations/${destination_id}/activation`);
    await browser.submit(`${path}/disable`);
    expect((await browser.submit(`${path}/enable`)).text).toContain("Enabled");
  });
});
