/** Wiping an event on its page. */
import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { operator, operatorKey, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

let account: Account;
beforeAll(async () => {
  account = await newAccount();
  await addDestination(account, openReceiver().url);
});

async function delivered(body = `{"name":"Ada"}`): Promise<{ eventId: string; deliveryId: string }> {
  const { event_id: eventId } = await send(account, body);
  const { deliveries } = await settled(eventId);
  return { eventId, deliveryId: deliveries[0]?.delivery_id ?? "" };
}

async function payloadOf(eventId: string) {
  return (await call<{ payload: string | null }>("GET", `/events/${eventId}`)).json.payload;
}

describe.each(["operator", "tenant"] as const)("an event, to the %s", (who) => {
  const base = who === "operator" ? "/dashboard" : "/portal";
  const browserOf = async () => (who === "operator" ? operator() : (await tenant(account)).browser);

  it("is wiped after its page has asked, and what is left says so", async () => {
    const browser = await browserOf();
    const { eventId, deliveryId } = await delivered();
    const path = `${base}/events/${eventId}`;
    const before = (await browser.visit(path)).text;
    expect(before).toContain(`action="${path}/wipe"`);
    expect(before).toContain("Ada");
    expect(before).not.toContain("Wiped at");
    expect((await browser.visit(`${path}/wipe`)).text).toContain("This cannot be undone");
    const wrong = await browser.send(`${path}/wipe`, { confirm: "yes" });
    expect([wrong.status, await payloadOf(eventId)]).toEqual([400, `{"name":"Ada"}`]);
    const { text } = await browser.submit(`${path}/wipe`, { confirm: eventId.slice(-8) });
    expect(text).toContain("Wiped at");
    expect(text).not.toContain("Ada");
    expect(text).not.toContain("Send again to all");
    expect(text).not.toContain(`action="${path}/wipe"`);
    expect((await browser.visit(`${path}/payload`)).status).toBe(404);
    const delivery = await browser.visit(`${base}/deliveries/${deliveryId}`);
    expect(delivery.text).toContain("The event is wiped, and the request with it.");
    expect(delivery.text).toContain("What it said was wiped with the event.");
    expect(delivery.text).not.toContain("Send again");
    const again = await browser.submit(`${base}/deliveries/${deliveryId}/redeliver`);
    expect(again.text).toContain("Not sent again: its event is wiped.");
  });
});

describe("who may not wipe an event", () => {
  it.each([
    ["an operator whose key", "/dashboard", async () => operator((await operatorKey("viewer")).operator_key)],
    ["a tenant whose link", "/portal", async () => (await tenant(account, { role: "viewer" })).browser],
  ])("%s changes nothing: there is no button, and the form is refused", async (_who, base, enter) => {
    const { eventId } = await delivered();
    const browser = await enter();
    const path = `${base}/events/${eventId}`;
    expect((await browser.visit(path)).text).not.toContain("/wipe");
    expect((await browser.send(`${path}/wipe`, { confirm: eventId.slice(-8) })).status).toBe(403);
    expect(await payloadOf(eventId)).not.toBeNull();
  });

  it("the tenant of another account", async () => {
    const { eventId } = await delivered();
    const { browser } = await tenant(await newAccount());
    const path = `/portal/events/${eventId}/wipe`;
    expect((await browser.visit(path)).status).toBe(404);
    expect((await browser.send(path, { confirm: eventId.slice(-8) })).status).toBe(404);
    expect(await payloadOf(eventId)).not.toBeNull();
  });
});
