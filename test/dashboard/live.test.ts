import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { firstIdAt } from "../../src/vocabulary/ids";
import { watchedDatabase } from "../support/database";
import { openGateway } from "../support/gateway";
import { operator, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

const DAY_MS = 86_400_000;
const RARE = ["/events?q=nowhere", "/events?state=pending", "/deliveries?status_code=599", "/deliveries?reason=gone"];

let account: Account;

beforeAll(async () => {
  account = await newAccount();
  await addDestination(account, openReceiver().url);
});

describe("an open list that asks for what is new", () => {
  it("reads next to nothing for a filter that nothing passes, however much there is", async () => {
    const { event_id } = await send(account, "{}");
    await settled(event_id);
    await anHundredLike(event_id);
    let rows = 0;
    const { door } = openGateway({
      ...env,
      DB: watchedDatabase(
        () => undefined,
        (_written, read) => (rows += read),
      ),
    });
    const browser = await operator(env.ADMIN_TOKEN, door);
    for (const path of RARE) {
      rows = 0;
      expect((await browser.visit(`/dashboard${path}`)).status).toBe(200);
      expect([path, rows > 100]).toEqual([path, true]);
      rows = 0;
      const answer = await browser.visit(`/dashboard${path}`, { "DP-Since": String(Date.now() + 60_000) });
      expect([path, answer.status, answer.text]).toEqual([path, 204, ""]);
      // the session among them
      expect([path, Math.max(rows, 15)]).toEqual([path, 15]);
      expect(Number(answer.headers.get("DP-Since"))).toBeGreaterThan(Date.now() - 60_000);
    }
  });

  it.each(["events", "deliveries"])("of %s is read anew once something came that it lets through", async (list) => {
    const browser = await operator();
    const path = `/dashboard/${list}?account_id=${account.account_id}`;
    const since = { "DP-Since": String(Date.now()) };
    const { event_id } = await send(account, "{}");
    const answer = await browser.visit(path, since);
    expect([answer.status, answer.text.includes(event_id.slice(4))]).toEqual([200, true]);
    const other = await newAccount();
    expect((await browser.visit(`/dashboard/${list}?account_id=${other.account_id}`, since)).status).toBe(204);
  });

  it("of deliveries is read anew once one is on its way, though nothing was answered yet", async () => {
    const gate = Promise.withResolvers<Response>();
    const slow = openReceiver(() => gate.promise);
    const own = await newAccount();
    await addDestination(own, slow.url);
    const gateway = openGateway();
    const browser = await operator();
    const path = `/dashboard/deliveries?account_id=${own.account_id}`;
    const since = { "DP-Since": String(Date.now()) };
    expect((await browser.visit(path, since)).status).toBe(204);
    const { event_id } = await send(own, "{}", { door: gateway.door });
    while (slow.arrived.length === 0) await scheduler.wait(1);
    const answer = await browser.visit(path, since);
    gate.resolve(new Response());
    await gateway.idle();
    expect([answer.status, answer.text.includes(event_id.slice(4))]).toEqual([200, true]);
  });

  it.each(["events", "deliveries"])("of %s is read anew once something moved that it waits for", async (list) => {
    const { event_id } = await send(account, "{}");
    const { deliveries } = await settled(event_id);
    const waiting = list === "events" ? event_id : (deliveries[0]?.delivery_id ?? "");
    const browser = await operator();
    const after = Date.now() + DAY_MS;
    const ask = (path = "/dashboard") =>
      browser.visit(`${path}/${list}`, { "DP-Since": String(after), "DP-Waiting": `${waiting},no-id` });
    expect((await ask()).status).toBe(204);
    await env.DB.prepare("UPDATE deliveries SET updated_at = ? WHERE event_id = ?").bind(after, event_id).run();
    expect((await ask()).status).toBe(200);
    const stranger = (await tenant(await newAccount())).browser;
    const asked = { "DP-Since": String(after), "DP-Waiting": waiting };
    expect((await stranger.visit(`/portal/${list}`, asked)).status).toBe(204);
  });

  it("says which of its rows it waits for, and since when it does", async () => {
    const { event_id } = await send(account, "{}");
    await settled(event_id);
    await env.DB.prepare("UPDATE deliveries SET state = 'pending' WHERE event_id = ?").bind(event_id).run();
    const browser = await operator();
    for (const list of ["events", "deliveries"]) {
      const { text } = await browser.visit(`/dashboard/${list}?account_id=${account.account_id}&state=pending`);
      expect(text.match(/<tr[^>]* data-waits/g)).toHaveLength(1);
      expect(Number(/data-since="(\d+)"/.exec(text)?.[1])).toBeLessThan(Date.now());
    }
    await env.DB.prepare("UPDATE deliveries SET state = 'delivered' WHERE event_id = ?").bind(event_id).run();
  });
});

/** Older ones of the same account, with a delivery each. */
async function anHundredLike(eventId: string): Promise<void> {
  const older = firstIdAt("evt", Date.now() - DAY_MS).slice(0, -3);
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 199)";
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT ?1 || i, account, 2, received_at, '{}' FROM n, events WHERE event_id = ?2`,
    ).bind(older, eventId),
    env.DB.prepare(
      `${numbers} INSERT INTO deliveries (event_id, destination, state, created_at, updated_at)
       SELECT ?1 || i, destination, 'delivered', created_at, updated_at FROM n, deliveries WHERE event_id = ?2`,
    ).bind(older, eventId),
  ]);
}
