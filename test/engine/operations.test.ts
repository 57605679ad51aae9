/** The account of operational events is known by its kind, not by a name that a customer could take. */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALERTS_APART_MS, RAISE_AFTER_MS } from "../../src/deliveries/deadlines";
import * as client from "../support/client";
import { manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from "./world";

const OPS = "https://ops.example/alerts";
const OLD = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=";
const NEW = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=";
const ACCOUNT = { email: "ops@customer.example", account_name: "Operations Ltd" };

let world: World;
let tenant: Tenant;
let answer: number;

async function open(settings: Record<string, unknown> = {}): Promise<void> {
  world = await World.open({ ALERT_WEBHOOK_URL: OPS, ...settings });
  answer = 200;
  world.answer = (url) => new Response("", { status: url.startsWith("https://receiver-") ? 500 : answer });
  tenant = await newTenant(world, [{ retry_schedule: [] }]);
}
beforeEach(() => open());
afterEach(() => world.close());

/** An alert, from its cause until it has been sent. */
async function alert(): Promise<void> {
  world.advance(ALERTS_APART_MS);
  await sendEvent(world, tenant, "{}");
  world.advance(RAISE_AFTER_MS);
  await world.minute();
}

/** A customer who took the name while one could. */
async function customerOfThatName(): Promise<string> {
  const { account_id } = await client.newAccount(world, { account_id: "taken" });
  await env.DB.prepare("UPDATE accounts SET account_id = 'operations' WHERE account_id = ?").bind(account_id).run();
  const url = "https://customer.example/hook";
  await manage(world, "POST", "/accounts/operations/destinations", { url, http_method: "POST", headers: {} });
  return url;
}

describe("a customer", () => {
  it.each(["operations", "Operations"])("may not be called %s", async (account_id) => {
    const { status, json } = await manage(world, "POST", "/accounts", { ...ACCOUNT, account_id });
    expect([status, json.code]).toEqual([400, "account_id_reserved"]);
    expect(json.errors).toMatchObject([{ path: "account_id" }]);
  });

  it("is told that the name is taken, once it is", async () => {
    await alert();
    const { status, json } = await manage(world, "POST", "/accounts", { ...ACCOUNT, account_id: "operations" });
    expect([status, json.code]).toEqual([409, "account_id_taken"]);
  });

  it("who has that name from before keeps it, and sees nothing of others", async () => {
    const url = await customerOfThatName();
    await alert();
    expect(world.at(OPS)).toHaveLength(1);
    expect(world.at(url)).toEqual([]);
    const events = await manage<{ data: unknown[] }>(world, "GET", "/events?account_id=operations");
    expect(events.json.data).toEqual([]);
    const destinations = await manage<{ data: unknown[] }>(world, "GET", "/accounts/operations/destinations");
    expect(destinations.json.data).toHaveLength(1);
  });

  it("who has that name from before is a customer: the operator is told what fails there", async () => {
    const url = await customerOfThatName();
    world.answer = (of) => new Response("", { status: of === url ? 410 : 200 });
    const { json } = await manage<{ app_secret_token: string }>(world, "POST", "/accounts/operations/tokens", {});
    await sendEvent(world, { accountId: "operations", token: json.app_secret_token, destinations: [] }, "{}");
    world.advance(RAISE_AFTER_MS);
    await world.minute();
    expect(world.at(OPS).map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: "destination.disabled", data: { account_id: "operations" } },
    ]);
  });

  it("may have the address that the account of operational events is given", async () => {
    await client.newAccount(world, { email: "operations@data-pusher.invalid" });
    await alert();
    expect(world.at(OPS)).toHaveLength(1);
  });
});

describe("the account of operational events", () => {
  it("is there under its name, with the webhook as its destination", async () => {
    await alert();
    const { json } = await manage<{ data: { url: string }[] }>(world, "GET", "/accounts/operations/destinations");
    expect(json.data.map(({ url }) => url)).toEqual([OPS]);
  });

  it("is there before anything is told, where a webhook is set, so that this can be tried", async () => {
    await world.cron();
    const { json } = await manage<{ data: { destination_id: string }[] }>(
      world,
      "GET",
      "/accounts/operations/destinations",
    );
    expect((await manage(world, "POST", `/destinations/${json.data[0]?.destination_id}/tests`)).status).toBe(200);
    expect(world.at(OPS)).toHaveLength(1);
  });

  it("is made anew where somebody removed it", async () => {
    await alert();
    expect((await manage(world, "DELETE", "/accounts/operations")).status).toBe(204);
    await alert();
    expect(world.at(OPS)).toHaveLength(2);
  });
});

describe("the webhook's secret", () => {
  const isSignedBy = (secret: string): boolean => {
    const { body, headers } = world.at(OPS).at(-1)!;
    try {
      new Webhook(secret).verify(body, Object.fromEntries(headers));
      return true;
    } catch {
      return false;
    }
  };

  it("that is set after a first alert signs the next", async () => {
    await alert();
    world.configure({ ALERT_WEBHOOK_SECRET: NEW });
    await alert();
    expect(isSignedBy(NEW)).toBe(true);
  });

  it("that is changed signs beside the old one for a day, and then alone", async () => {
    world.configure({ ALERT_WEBHOOK_SECRET: OLD });
    await alert();
    expect([isSignedBy(OLD), isSignedBy(NEW)]).toEqual([true, false]);
    world.configure({ ALERT_WEBHOOK_SECRET: NEW });
    await alert();
    expect([isSignedBy(OLD), isSignedBy(NEW)]).toEqual([true, true]);
    world.advance(23 * HOUR_MS);
    await alert();
    expect([isSignedBy(OLD), isSignedBy(NEW)]).toEqual([true, true]);
    world.advance(HOUR_MS);
    await alert();
    expect([isSignedBy(OLD), isSignedBy(NEW)]).toEqual([false, true]);
  });

  it("that is changed signs what is still on its way", async () => {
    world.configure({ ALERT_WEBHOOK_SECRET: OLD });
    answer = 401;
    await alert();
    world.configure({ ALERT_WEBHOOK_SECRET: NEW });
    answer = 200;
    await world.pass(3 * MINUTE_MS);
    expect(isSignedBy(NEW)).toBe(true);
  });

  it("that is not set any longer goes on signing", async () => {
    world.configure({ ALERT_WEBHOOK_SECRET: OLD });
    await alert();
    world.configure({ ALERT_WEBHOOK_SECRET: undefined });
    world.advance(2 * DAY_MS);
    await alert();
    expect(isSignedBy(OLD)).toBe(true);
  });
});
