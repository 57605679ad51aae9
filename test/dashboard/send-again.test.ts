import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { MOST_SELECTED } from "../../src/dashboard/deliveries/list";
import { call, openGateway } from "../support/gateway";
import { operator, tenant } from "../support/pages";
import { openReceiver, type Receiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

let account: Account;
let receiver: Receiver;
let destinationId: string;

beforeAll(async () => {
  account = await newAccount();
  receiver = openReceiver();
  destinationId = (await addDestination(account, receiver.url)).destination_id;
});

describe("a delivery whose destination is disabled", () => {
  it.each(["operator", "tenant"] as const)("offers the %s to enable it first, and then to send again", async (who) => {
    const id = await delivered();
    const browser = who === "operator" ? await operator() : (await tenant(account)).browser;
    const base = who === "operator" ? "/dashboard" : "/portal";
    await browser.submit(`${base}/destinations/${destinationId}/disable`);
    const path = `${base}/deliveries/${id}`;
    const before = await browser.visit(path);
    expect([before.text.includes("Send again"), before.text.includes("Enable its destination")]).toEqual([false, true]);
    expect((await browser.visit(`${base}/events/${eventOf(id)}`)).text).not.toContain("Send again to all");
    // a form from before it was disabled
    const refused = await browser.submit(`${path}/redeliver`);
    expect(refused.text).toContain("Not sent again: its destination is disabled.");
    const enabled = await browser.submit(`${base}/destinations/${destinationId}/enable`, { back: path });
    expect([enabled.text.includes("Send again"), enabled.text.includes("Enable its destination")]).toEqual([
      true,
      false,
    ]);
  });

  it("leads back to deliveries only, and nowhere else", async () => {
    const browser = await operator();
    for (const back of ["https://elsewhere.example", "//elsewhere.example/deliveries/x", "/portal/deliveries/x", ""]) {
      const { location } = await browser.send(`/dashboard/destinations/${destinationId}/enable`, { back });
      expect(location).toBe(`/dashboard/destinations/${destinationId}?done=enabled`);
    }
  });

  it("offers nothing once the destination is removed", async () => {
    const other = await addDestination(account, openReceiver().url);
    const { event_id } = await send(account, "{}");
    const { deliveries } = await settled(event_id);
    const id = deliveries.find((one) => one.destination_id === other.destination_id)?.delivery_id ?? "";
    await call("DELETE", `/destinations/${other.destination_id}`);
    const browser = await operator();
    const { text } = await browser.visit(`/dashboard/deliveries/${id}`);
    expect([text.includes("Send again"), text.includes("Enable its destination")]).toEqual([false, false]);
    const { text: refused } = await browser.visit(`/dashboard/deliveries/${id}?sent=0`);
    expect(refused).toContain("Not sent again: its destination was removed.");
  });
});

describe("a delivered one that is sent again", () => {
  it("reads so, not as one that was never delivered", async () => {
    const id = await delivered();
    const later = Date.now() + 60_000;
    await env.DB.prepare("UPDATE deliveries SET state = 'pending', next_attempt_at = ? WHERE event_id = ?")
      .bind(later, eventOf(id))
      .run();
    const { text } = await (await operator()).visit(`/dashboard/deliveries/${id}?sent=1`);
    const sentence = /<p class="sentence wait">(.*?)<\/p>/s.exec(text)?.[1] ?? "";
    expect(sentence).toContain("<strong>Being sent again</strong>. It had been delivered:");
    expect(sentence).toMatch(/answered 200\s*; next attempt in/);
    expect(text).not.toContain("Not delivered yet");
  });
});

describe("a selection", () => {
  it("of more than go at a time says how many went, and of a disabled destination's that none did", async () => {
    const { door, idle } = openGateway();
    const ids: string[] = [];
    for (let n = 0; n < MOST_SELECTED + 5; n++) ids.push(await delivered());
    const browser = await operator(env.ADMIN_TOKEN, door);
    const before = receiver.arrived.length;
    const page = await browser.submit("/dashboard/deliveries/redeliver", { delivery_id: ids });
    expect(page.text).toContain(`${MOST_SELECTED} deliveries are under way again, of ${ids.length} that were selected`);
    await idle();
    expect(receiver.arrived.length - before).toBe(MOST_SELECTED);
    const all = await browser.submit("/dashboard/deliveries/redeliver", { delivery_id: ids.slice(0, 2) });
    expect(all.text).toContain("2 deliveries are under way again.");
    await idle();
    await call("DELETE", `/destinations/${destinationId}/activation`);
    const none = await browser.submit("/dashboard/deliveries/redeliver", { delivery_id: ids.slice(0, 2) });
    expect(none.text).toContain("Nothing was sent again");
    await call("PUT", `/destinations/${destinationId}/activation`);
  });
});

async function delivered(): Promise<string> {
  const { event_id } = await send(account, "{}");
  const { deliveries } = await settled(event_id);
  return deliveries.find((one) => one.destination_id === destinationId)?.delivery_id ?? "";
}

function eventOf(deliveryId: string): string {
  return `evt_${deliveryId.slice(4, -8)}`;
}
