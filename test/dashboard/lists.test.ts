import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { selectDueOfAnyAccount } from "../../src/db/deliveries";
import { selectFailingOfAnyAccount, selectPausedOfAnyAccount } from "../../src/db/destinations";
import { OPEN_LIMITS } from "../../src/deliveries/recording/circuit";
import { watchedDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { operator, operatorKey, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

const LARGEST_PAGE_BYTES = 30_000;
const A_THOUSAND =
  "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1000) SELECT value FROM n";

let account: Account;
let destinationId: string;

beforeAll(async () => {
  account = await newAccount();
  destinationId = (await addDestination(account, openReceiver().url)).destination_id;
});

describe("lists", () => {
  it("keep their filters in links, and a chip takes one off", async () => {
    const browser = await operator();
    const { text } = await browser.visit(`/dashboard/deliveries?account_id=${account.account_id}&state=exhausted`);
    expect(text).toContain(`href="/dashboard/deliveries?account_id=${account.account_id}"`);
    expect(text).toContain('href="/dashboard/deliveries?state=exhausted"');
    expect(text).toContain('<option value="exhausted" selected');
  });

  it.each([99, 999])("find what was answered with the status %i, which HTTP does not know", async (status) => {
    const [odd, usual] = [await send(account, "{}"), await send(account, "{}")];
    await Promise.all([odd, usual].map(({ event_id }) => settled(event_id)));
    await env.DB.prepare("UPDATE deliveries SET last_status_code = ? WHERE event_id = ?")
      .bind(status, odd.event_id)
      .run();
    const browser = await operator();
    const path = `/dashboard/deliveries?account_id=${account.account_id}&status_code=`;
    for (const [code, found] of [
      [status, [true, false]],
      [200, [false, true]],
    ] as const) {
      const { text } = await browser.visit(`${path}${code}`);
      expect([odd, usual].map(({ event_id }) => text.includes(event_id.slice("evt_".length)))).toEqual(found);
    }
  });

  it("lead to an event or a delivery by its whole id", async () => {
    const { event_id } = await send(account, "{}");
    const browser = await operator();
    for (const field of ["event_id", "q"]) {
      const { status, location } = await browser.visit(`/dashboard/events?${field}=${event_id}`);
      expect([status, location]).toEqual([303, `/dashboard/events/${event_id}`]);
    }
    const { deliveries } = await settled(event_id);
    const id = deliveries[0]?.delivery_id ?? "";
    for (const search of [`events?q=${id}`, `deliveries?destination_id=%20${id}`]) {
      const { status, location } = await browser.visit(`/dashboard/${search}`);
      expect([search, status, location]).toEqual([search, 303, `/dashboard/deliveries/${id}`]);
    }
    const { text } = await browser.visit(`/dashboard/events?event_id=${event_id.slice(0, 25)}`);
    expect(text).toContain(event_id);
  });

  it("go on to older pages, and back to the newest", async () => {
    const many = await newAccount();
    await Promise.all(Array.from({ length: 31 }, (_, i) => send(many, `{"i":${i}}`)));
    const browser = await operator();
    const first = await browser.visit(`/dashboard/events?account_id=${many.account_id}`);
    expect(first.text.match(/<tr data-row/g)).toHaveLength(30);
    const next = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await browser.visit(next);
    expect(second.text.match(/<tr data-row/g)).toHaveLength(1);
    expect(second.text).toContain(`href="/dashboard/events?account_id=${many.account_id}">Newest`);
    // only the newest page follows by itself
    expect([first, second].map(({ text }) => text.includes("hx-trigger"))).toEqual([true, false]);
  });
});

describe("a page", () => {
  it("stays small, whatever an event holds", async () => {
    const wide = JSON.stringify(
      Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`<&"'>${i}`, "&".repeat(90)])),
    );
    const payloads = [
      wide,
      JSON.stringify("<".repeat(900_000)),
      `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      JSON.stringify(Array.from({ length: 2_000 }, () => ({}))),
      `{"${"k".repeat(30_000)}":"${"v".repeat(9_000)}"}`,
      "0",
    ];
    const browser = await operator();
    for (const payload of payloads) {
      const { event_id } = await send(account, payload);
      const page = await browser.visit(`/dashboard/events/${event_id}`);
      expect([payload.slice(0, 40), page.status]).toEqual([payload.slice(0, 40), 200]);
      expect([payload.slice(0, 40), Math.max(page.text.length, LARGEST_PAGE_BYTES)]).toEqual([
        payload.slice(0, 40),
        LARGEST_PAGE_BYTES,
      ]);
      const whole = await browser.visit(`/dashboard/events/${event_id}/payload`);
      expect(whole.text === payload).toBe(true);
      expect(whole.headers.get("content-disposition")).toMatch(/^attachment/);
      const { json } = await call<{ data: { delivery_id: string }[] }>(
        "GET",
        `/deliveries?account_id=${account.account_id}`,
      );
      const delivery = await browser.visit(`/dashboard/deliveries/${json.data[0]?.delivery_id}`);
      expect([payload.slice(0, 40), Math.max(delivery.text.length, LARGEST_PAGE_BYTES)]).toEqual([
        payload.slice(0, 40),
        LARGEST_PAGE_BYTES,
      ]);
    }
  });

  it("of the overview draws what was counted, though it was nothing but discards", async () => {
    await env.DB.batch([
      env.DB.prepare("DELETE FROM stats"),
      env.DB.prepare("INSERT INTO stats (period, time, subject, discarded) VALUES ('minute', ?, 0, 3)").bind(
        (Math.floor(Date.now() / 60_000) - 10) * 60_000,
      ),
    ]);
    const { text } = await (await operator()).visit("/dashboard?range=1h");
    expect(text).toContain("3 discarded, 0 attempts failed");
    expect(text).not.toContain("Nothing was counted");
  });

  it("costs one or two round trips besides the session's own", async () => {
    let trips = 0;
    const { door } = openGateway({ ...env, DB: watchedDatabase(() => void trips++) });
    const { event_id } = await send(account, "{}");
    const { json } = await call<{ data: { delivery_id: string }[] }>(
      "GET",
      `/deliveries?account_id=${account.account_id}`,
    );
    const { operator_key } = await operatorKey("viewer");
    const browser = await operator(operator_key, door);
    for (const path of [
      "",
      "?range=30d",
      "/events",
      "/events?q=nowhere&state=delivered",
      `/events/${event_id}`,
      "/deliveries",
      "/deliveries?state=exhausted&reason=gone&status_code=410",
      `/deliveries/${json.data[0]?.delivery_id}`,
    ]) {
      trips = 0;
      expect((await browser.visit(`/dashboard${path}`)).status).toBe(200);
      expect([path, Math.max(trips, 3)]).toEqual([path, 3]);
    }
  });

  it("of the overview reads a bounded number of rows, however many destinations work and deliveries wait", async () => {
    const { key } = (await env.DB.prepare("SELECT min(key) AS key FROM destinations").first<{ key: number }>()) ?? {};
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets,
           description, enabled, timeout_ms, failing_since, consecutive_failures, created_at, updated_at)
         SELECT value + 1, 'dst_' || value, account, url, http_method, '', '', '', 1, 1000,
                CASE WHEN value % 10 = 0 THEN value END, CASE WHEN value % 10 = 0 THEN 5 ELSE 0 END, 0, 0
         FROM destinations, (${A_THOUSAND}) WHERE key = ?1`,
      ).bind(key),
      env.DB.prepare(
        `UPDATE destinations SET enabled = 0, disabled_reason = 'paused_by_user', paused_at = key
         WHERE key <= 1000 AND key % 10 BETWEEN 3 AND 5`,
      ),
      env.DB.prepare(
        `INSERT INTO deliveries (event_id, destination, state, next_attempt_at, created_at, updated_at)
         SELECT (SELECT max(event_id) FROM events), value + 1, 'pending', 9e15 + value, 0, 0
         FROM (${A_THOUSAND})`,
      ),
    ]);
    const db = openDatabase(env.DB);
    for (const [what, statement, most] of [
      ["what fails", selectFailingOfAnyAccount(db, OPEN_LIMITS, 10), 100],
      ["what is paused", selectPausedOfAnyAccount(db, 10), 50],
      ["what is due", selectDueOfAnyAccount(db, 10), 1_000],
    ] as const) {
      const { sql, params } = (statement as unknown as { getQuery(): { sql: string; params: unknown[] } }).getQuery();
      const { results, meta } = await env.DB.prepare(sql)
        .bind(...params)
        .all();
      expect([what, results.length]).toEqual([what, 10]);
      expect([what, Math.max(meta.rows_read, most)]).toEqual([what, most]);
    }
  });
});

describe("a tenant", () => {
  it("finds its own in the lists, and of another's not even that it is there", async () => {
    const receiver = openReceiver();
    const other = await newAccount();
    await addDestination(other, receiver.url);
    const { event_id } = await send(other, '{"mine":"only"}');
    const [delivery] = (await settled(event_id)).deliveries;
    const { browser } = await tenant(account);
    for (const path of [`/events/${event_id}`, `/events/${event_id}/payload`, `/deliveries/${delivery?.delivery_id}`]) {
      expect((await browser.visit(`/portal${path}`)).status).toBe(404);
    }
    for (const path of [
      `/events?account_id=${other.account_id}&q=mine`,
      `/deliveries?account_id=${other.account_id}`,
    ]) {
      const { text } = await browser.visit(`/portal${path}`);
      expect(text).not.toContain(event_id.slice(4));
    }
    const before = receiver.arrived.length;
    expect((await browser.send(`/portal/events/${event_id}/redeliver`)).status).toBe(404);
    expect((await browser.send(`/portal/deliveries/${delivery?.delivery_id}/redeliver`)).status).toBe(404);
    const sent = await browser.send("/portal/deliveries/redeliver", { delivery_id: delivery?.delivery_id ?? "" });
    expect(sent.location).toBe("/portal/deliveries?sent=0+of+1");
    expect(receiver.arrived).toHaveLength(before);
    expect((await browser.visit(`/portal/deliveries?destination_id=${destinationId}`)).status).toBe(200);
  });
});
