/** What is old goes, what is pending stays, and the database does not run full. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { gatewayOf } from "../../src/env";
import { expireEvents } from "../../src/events/expire-events";
import { watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { databaseThatTakes, delivered } from "./backlog";
import { insist, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, World } from "./world";

let world: World;
afterEach(() => world.close());

async function rows(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n")) ?? 0;
}

describe("after RETENTION_DAYS", () => {
  it("events go with all that hangs on them, in chunks; what is pending stays", async () => {
    world = await World.open({ RETENTION_DAYS: "3" });
    const tenant = await newTenant(world);
    await delivered(world, tenant, 900);
    world.answer = () => new Response("", { status: 500, headers: { "retry-after": "99999" } });
    await sendEvent(world, tenant, githubPayload("issues"));
    expect([await rows("events"), await rows("deliveries"), await rows("attempts")]).toEqual([901, 901, 0]);

    world.advance(3 * DAY_MS - HOUR_MS);
    world.answer = () => new Response("", { status: 503, headers: { "retry-after": "86400" } });
    await world.minute();
    expect(await rows("events"), "not before its time").toBe(901);
    world.advance(2 * HOUR_MS);
    expect(await world.roundTrips(() => world.cron())).toBeLessThan(50);
    await world.minute();
    expect([await rows("events"), await rows("deliveries"), await rows("attempts")]).toEqual([1, 1, 1]);
    expect(await tally(world, tenant)).toEqual({ pending: 1 });
  });

  it("dead letters and the names of removed destinations go, too", async () => {
    world = await World.open({ RETENTION_DAYS: "1" });
    const tenant = await newTenant(world);
    world.put("garbage");
    await world.consume();
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}`);
    await world.minute();
    expect([await rows("dead_letters"), await rows("destinations")]).toEqual([1, 1]);
    world.advance(DAY_MS + HOUR_MS);
    await world.minute();
    expect([await rows("dead_letters"), await rows("destinations")]).toEqual([0, 0]);
  });
});

describe("expired events that are still pending", () => {
  /** So many that are due again in half a day, but for the newest `finished`, and three days old. */
  async function pending(count: number, finished = 0): Promise<void> {
    world = await World.open({ RETENTION_DAYS: "1" });
    await delivered(world, await newTenant(world), count);
    await env.DB.prepare(
      `UPDATE deliveries SET state = 'pending', next_attempt_at = ?
       WHERE event_id IN (SELECT event_id FROM events ORDER BY event_id LIMIT ?)`,
    )
      .bind(Date.now() + 3 * DAY_MS + HOUR_MS, count - finished)
      .run();
    world.advance(3 * DAY_MS);
  }

  /** Rows that one run reads, once runs before it have passed over all there is. */
  async function rowsRead(): Promise<number> {
    let read = 0;
    const DB = watchedDatabase(
      () => undefined,
      (_written, rows) => {
        read += rows;
      },
    );
    const gateway = gatewayOf({ ...env, DB });
    const retention = { days: 1, databaseLimitBytes: 1e9 };
    const reads: number[] = [];
    for (let runs = 0; runs < 20; runs++) {
      read = 0;
      await expireEvents(gateway, retention, 7);
      reads.push(read);
    }
    return Math.max(...reads);
  }

  it("are read no more often when there are many of them", async () => {
    await pending(1_000);
    const ofFew = await rowsRead();
    world.close();
    await pending(4_000);
    expect(await rowsRead()).toBeLessThanOrEqual(ofFew + 10);
    expect(await rows("events")).toBe(4_000);
  }, 30_000);

  it("keep no others from going", async () => {
    await pending(1_000, 20);
    await world.pass(10 * 60_000);
    expect(await rows("events")).toBe(980);
    await env.DB.prepare("UPDATE deliveries SET state = 'delivered', next_attempt_at = NULL").run();
    await world.pass(10 * 60_000);
    expect(await rows("events")).toBe(0);
  }, 30_000);
});

describe("jobs and links", () => {
  it("recoveries that have ended and portal links that have ended go after RETENTION_DAYS; others stay", async () => {
    world = await World.open({ RETENTION_DAYS: "1" });
    const tenant = await newTenant(world);
    const path = `/destinations/${tenant.destinations[0]!.id}/recoveries`;
    const begin = (to: number) =>
      insist(world, "POST", path, { from: new Date(0).toISOString(), to: new Date(to).toISOString() });
    const link = (days: number) =>
      insist(world, "POST", `/accounts/${tenant.accountId}/portal-links`, { expires_in_seconds: days * 86_400 });
    await begin(Date.now());
    await world.minute();
    await link(3);
    await link(1);
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    await world.pass(DAY_MS - HOUR_MS, HOUR_MS);
    expect([await rows("recoveries"), await rows("portal_links")]).toEqual([1, 2]);
    await world.pass(3 * HOUR_MS, HOUR_MS);
    expect([await rows("recoveries"), await rows("portal_links")]).toEqual([0, 1]);
  });

  it("a recovery goes on for as long as it may have events", async () => {
    world = await World.open({ RETENTION_DAYS: "1" });
    const tenant = await newTenant(world);
    const to = new Date(Date.now() + DAY_MS).toISOString();
    await insist(world, "POST", `/destinations/${tenant.destinations[0]!.id}/recoveries`, {
      from: "2020-01-01T00:00:00Z",
      to,
    });
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    await world.pass(DAY_MS + 2 * HOUR_MS, HOUR_MS);
    expect(await rows("recoveries")).toBe(1);
    await world.pass(DAY_MS, HOUR_MS);
    expect(await rows("recoveries")).toBe(0);
  });
});

describe("an account with many events is removed", () => {
  it("at once for everyone, while its rows go in chunks and others are served", async () => {
    world = await World.open();
    const tenant = await newTenant(world);
    const other = await newTenant(world);
    await delivered(world, tenant, 5_000);
    expect((await manage(world, "DELETE", `/accounts/${tenant.accountId}`)).status).toBe(204);
    expect((await manage(world, "GET", `/accounts/${tenant.accountId}`)).status).toBe(404);
    expect((await sendEvent(world, tenant, "{}")).status).toBe(401);

    const again = { account_id: tenant.accountId, email: `${tenant.accountId}@example.com`, account_name: "Again" };
    expect((await manage(world, "POST", "/accounts", again)).status).toBe(201);
    expect(await tally(world, tenant), "the new one begins empty").toEqual({});

    const { DB, trips } = databaseThatTakes(1_000);
    world.configure({ DB });
    const left: number[] = [];
    for (let crons = 0; crons < 10 && (left.at(-1) ?? 1) > 0; crons++) {
      const asked = trips.length;
      await world.cron();
      expect(trips.length - asked).toBeLessThanOrEqual(50);
      left.push((await rows("events")) - crons);
      expect((await sendEvent(world, other, githubPayload("star"))).status).toBe(200);
    }
    expect(left.length, "more than one run").toBeGreaterThan(1);
    expect(await tally(world, tenant)).toEqual({});
    expect((await tally(world, other)).delivered).toBe(left.length);
    expect(await rows("events")).toBe(left.length);
  }, 30_000);
});

describe("the database fills up", () => {
  const LIMIT = 2_000_000;
  const ALERTS = { DATABASE_LIMIT_BYTES: String(LIMIT), ALERT_WEBHOOK_URL: "https://ops.example/alerts" };
  const BIG = JSON.stringify({ filler: "x".repeat(90_000) });
  const told = () => world.at("https://ops.example/alerts").map(({ body }) => JSON.parse(body).type);

  async function fillTo(tenant: Tenant, share: number): Promise<number> {
    for (let events = 1; ; events++) {
      await sendEvent(world, tenant, BIG);
      world.advance(1);
      const { meta } = await env.DB.prepare("SELECT 1").all();
      if (meta.size_after >= share * LIMIT) return events;
    }
  }

  it("to 80 %: the operator is told, once a day, and nothing goes", async () => {
    world = await World.open(ALERTS);
    const tenant = await newTenant(world);
    await world.minute();
    expect(told()).toEqual([]);
    const events = await fillTo(tenant, 0.82);
    await world.pass(HOUR_MS, HOUR_MS / 6);
    expect(told()).toEqual(["database.filling"]);
    await world.pass(22 * HOUR_MS, HOUR_MS);
    expect(told()).toEqual(["database.filling"]);
    await world.pass(4 * HOUR_MS, HOUR_MS);
    expect(told()).toEqual(["database.filling", "database.filling"]);
    expect((await tally(world, tenant)).delivered).toBe(events);
  });

  it("to 95 %: the oldest finished events go early, and new ones are accepted", async () => {
    world = await World.open(ALERTS);
    const tenant = await newTenant(world, [{ retry_schedule: [86_400] }]);
    world.answer = (url, count) => new Response("", { status: url.includes("ops") || count > 1 ? 200 : 500 });
    await sendEvent(world, tenant, `{"pending":true}`);
    await fillTo(tenant, 0.96);
    await world.minute();
    const { meta } = await env.DB.prepare("SELECT 1").all();
    expect(meta.size_after).toBeLessThan(0.95 * LIMIT);
    expect((await tally(world, tenant)).pending, "what is pending stays").toBe(1);
    expect((await sendEvent(world, tenant, "{}")).status).toBe(200);
    const health = await insist<{ status: string }>(world, "GET", "/health");
    expect(health.json.status).toBe("ok");
  });
});
