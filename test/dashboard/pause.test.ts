/** What the pages say of a pause, and that they offer it before they offer to disable. */
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { operator, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, send, settled } from "../support/tenants";

async function paused(waiting = 3) {
  const account = await newAccount();
  const receiver = openReceiver();
  const { destination_id } = await addDestination(account, receiver.url);
  const browser = await operator();
  const path = `/dashboard/destinations/${destination_id}`;
  const done = await browser.submit(`${path}/pause`);
  const events: string[] = [];
  for (let n = 0; n < waiting; n++) events.push((await send(account, `{"n":${n}}`)).event_id);
  return { account, receiver, destination_id, browser, path, done, events };
}

const sentenceOf = (text: string) => /<p class="sentence[^>]*>(.*?)<\/p>/s.exec(text)?.[1]?.replace(/\s+/g, " ") ?? "";

describe("a destination's page", () => {
  it("offers Pause as a button, and Disable only with what it means", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${destination_id}`);
    expect(text.indexOf("/pause")).toBeGreaterThan(0);
    expect(text.indexOf("/pause")).toBeLessThan(text.indexOf("/disable"));
    expect(text).toContain("To keep it, pause the destination instead.");
    expect(text).not.toContain("/resume");
  });

  it("that is paused says since when, by whom and how much waits, and offers to resume it", async () => {
    const { browser, path, done } = await paused();
    expect(done.text).toContain("Paused. What comes for it waits");
    const { text } = await browser.visit(path);
    const sentence = sentenceOf(text);
    expect(sentence).toMatch(/<strong>Paused<\/strong> ?since 20[^:]*:\d\d:\d\d UTC: an operator paused it/);
    expect(sentence).toContain("what comes waits, 3 now");
    expect(sentence).toContain("nothing is discarded");
    expect(text).toContain("/resume");
    expect(text).not.toContain(`${path}/pause`);
    expect(text).toContain("What waits for it and what comes is discarded until it is enabled");
    expect(text).toContain("Resume it first; then what it missed can be recovered.");
    expect((await browser.visit(`${path}/remove`)).text).toContain("to stop it for a while, pause it");
  });

  it("sends what waited once it is resumed", async () => {
    const { browser, path, receiver, events } = await paused();
    const { text } = await browser.submit(`${path}/resume`);
    expect(text).toContain("Resumed. What waited goes out, the oldest event first.");
    for (const id of events) await settled(id);
    expect(receiver.arrived).toHaveLength(3);
    expect(sentenceOf((await browser.visit(path)).text)).toContain("<strong>Enabled</strong>");
  });

  it("of one that fails says that a pause is the way to spare it", async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver(() => new Response("", { status: 503 })).url);
    for (let n = 0; n < 5; n++) await settled((await send(account, "{}")).event_id);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${destination_id}`);
    expect(sentenceOf(text)).toContain("Pause it to send nothing until it is repaired.");
  });

  it("shows what could not be resumed, and why", async () => {
    const { account, browser, path } = await paused(0);
    await call("PATCH", `/accounts/${account.account_id}`, { suspended: true });
    expect((await browser.submit(`${path}/resume`)).text).toContain("the account is suspended");
  });
});

describe("what waits for it", () => {
  it("is called paused by its event, its delivery and the lists, which lead to the way out", async () => {
    const { browser, path, account, events } = await paused(1);
    const { deliveries } = (await call<{ deliveries: { delivery_id: string }[] }>("GET", `/events/${events[0]}`)).json;
    const at = `/dashboard/deliveries/${deliveries[0]!.delivery_id}`;
    const event = await browser.visit(`/dashboard/events/${events[0]}`);
    expect(event.text).toContain("The destination is paused: it waits until that is resumed.");
    expect(event.text).not.toContain("Send again to all");
    const page = await browser.visit(at);
    expect(sentenceOf(page.text)).toContain("its destination is paused: it waits until that is resumed");
    expect(page.text).toContain("Resume its destination");
    expect(page.text).not.toContain("1970");
    const list = await browser.visit(`/dashboard/deliveries?account_id=${account.account_id}`);
    expect(list.text).toContain("destination paused");
    expect(list.text).not.toContain("due now");
    expect((await browser.submit(`${at}/redeliver`)).text).toContain("its destination is paused. Resume it first.");
    const back = await browser.submit(`${path}/resume`, { back: at });
    expect(back.text).toContain("Send again");
  });
});

describe("lists", () => {
  it("of an account's destinations say which is paused, and since when", async () => {
    const { browser, account } = await paused(0);
    const { text } = await browser.visit(`/dashboard/accounts/${account.account_id}`);
    expect(text).toMatch(/‖<\/span> paused<\/span>/);
    expect(text).not.toContain("in a row since");
    const portal = await (await tenant(account)).browser.visit("/portal");
    expect(portal.text).toMatch(/‖<\/span> paused<\/span>/);
  });

  it("of what is due next leave out what it will wait with", async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver(() => new Response("", { status: 503 })).url);
    const { deliveries } = await settled((await send(account, "{}")).event_id);
    const browser = await operator();
    const due = async () => (await browser.visit("/dashboard")).text.split('id="due"')[1] ?? "";
    expect(await due()).toContain(deliveries[0]!.delivery_id);
    await browser.submit(`/dashboard/destinations/${destination_id}/pause`);
    expect(await due()).not.toContain(deliveries[0]!.delivery_id);
  });

  it("of the overview name it among the paused, and not among what fails", async () => {
    const { browser, path, destination_id } = await paused(0);
    const { text } = await browser.visit("/dashboard");
    const [failing = "", rest = ""] = text.split('id="paused"');
    expect(failing).not.toContain(destination_id);
    expect(rest).toContain(destination_id);
    expect(text).toMatch(/Paused destinations<\/dt>\s*<dd>\s*<a href="#paused">[1-9]/);
    await browser.submit(`${path}/resume`);
    expect((await browser.visit("/dashboard")).text).not.toContain(destination_id);
  });
});
