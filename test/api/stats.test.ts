import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StatsSchema } from "../../src/api/operation/stats";
import { everyMinute } from "../../src/cron/every-minute";
import { gatewayOf } from "../../src/env";
import { sumUp } from "../../src/stats/sum-up";
import { watchedDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send } from "../support/tenants";

type Stats = z.output<typeof StatsSchema>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Each test has a time of its own, 40 days behind the last one's. */
let start = Date.UTC(2026, 0, 5, 10, 0, 5);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});
afterEach(() => {
  vi.useRealTimers();
  start += 40 * DAY_MS;
});

const gateway = gatewayOf(env);
const pass = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** Until the minute is over, and the cron has been. */
async function nextMinute(): Promise<void> {
  pass(MINUTE_MS);
  await sumUp(gateway);
  pass(15_000);
}

/** So often that no hour before is left to be summed up. */
async function catchUp(): Promise<void> {
  for (let i = 0; i < 30; i++) await sumUp(gateway);
}

async function stats(query: string): Promise<Stats> {
  const { status, json, text } = await call<Stats>("GET", `/stats?${query}`);
  expect(status, text).toBe(200);
  return json;
}

async function sendAll(account: Account, count: number): Promise<void> {
  const { door, idle } = openGateway();
  for (let i = 0; i < count; i++) await send(account, "{}", { door });
  await idle();
}

/** An account with a destination that works, one that answers 503 and is tried once, and one that is disabled. */
async function tenant() {
  const account = await newAccount();
  const works = await addDestination(account, openReceiver().url);
  const fails = await addDestination(account, openReceiver(() => new Response("no", { status: 503 })).url, {
    max_attempts: 1,
  });
  const stopped = await addDestination(account, openReceiver().url, { enabled: false });
  return { account, works, fails, stopped };
}

const NONE = { events: 0, delivered: 0, failed: 0, exhausted: 0, discarded: 0, filtered: 0 };

describe("GET /stats", () => {
  it("counts events, deliveries and attempts of everything, an account and a destination", async () => {
    const { account, works, fails, stopped } = await tenant();
    const other = await tenant();
    await sendAll(account, 3);
    await sendAll(other.account, 1);
    await nextMinute();
    const own = { events: 3, delivered: 3, failed: 3, exhausted: 3, discarded: 3, filtered: 0 };
    for (const [query, expected] of [
      ["", { events: 4, delivered: 4, failed: 4, exhausted: 4, discarded: 4, filtered: 0 }],
      [`account_id=${account.account_id}`, own],
      [`destination_id=${works.destination_id}`, { ...NONE, delivered: 3 }],
      [`destination_id=${fails.destination_id}`, { ...NONE, failed: 3, exhausted: 3 }],
      [`destination_id=${stopped.destination_id}`, { ...NONE, discarded: 3 }],
      [`account_id=${account.account_id}&destination_id=${works.destination_id}`, { ...NONE, delivered: 3 }],
      [`account_id=${(await newAccount()).account_id}`, NONE],
    ] as const) {
      for (const range of ["1h", "24h", "7d", "30d"]) {
        const { totals, buckets } = await stats(`${query}&range=${range}`);
        expect([query, range, totals]).toEqual([query, range, expect.objectContaining(expected)]);
        const busy = buckets.filter(({ at: _, ...counts }) => Object.values(counts).some((count) => count > 0));
        expect(busy).toEqual(
          Object.values(expected).some((count) => count > 0) ? [{ at: expect.any(String), ...expected }] : [],
        );
      }
    }
    const { totals } = await stats(`account_id=${account.account_id}`);
    expect(totals.success_rate).toBe(0.5);
    expect(totals.p50_ms).toBeGreaterThanOrEqual(0);
    expect(totals.p95_ms).toBeLessThan(1_000);
  });

  it.each([
    ["1h", 60, 60],
    ["24h", 1_800, 48],
    ["7d", 7_200, 84],
    ["30d", 86_400, 30],
  ])("of %s has buckets of %i seconds, whole in UTC, empty ones as well", async (range, seconds, count) => {
    const { account } = await tenant();
    const { from, to, bucket_seconds, buckets, totals } = await stats(
      `account_id=${account.account_id}&range=${range}`,
    );
    expect([bucket_seconds, buckets.length]).toEqual([seconds, count]);
    expect(Date.parse(from) % (seconds * 1_000)).toBe(0);
    expect(buckets.map(({ at }) => Date.parse(at))).toEqual(
      Array.from({ length: count }, (_, i) => Date.parse(from) + i * seconds * 1_000),
    );
    expect(Date.parse(to) % MINUTE_MS).toBe(0);
    expect(Date.parse(to)).toBeGreaterThan(Date.parse(buckets.at(-1)!.at));
    expect(totals).toEqual({ ...NONE, success_rate: null, p50_ms: null, p95_ms: null, p99_ms: null });
  });

  it("is of the last day when no range is given", async () => {
    expect((await stats("")).bucket_seconds).toBe(1_800);
  });

  it("knows how long attempts take", async () => {
    const account = await newAccount();
    let ms = 0;
    const slow = openReceiver(() => {
      pass(ms);
      return new Response();
    });
    const { destination_id } = await addDestination(account, slow.url);
    for (const [took, times] of [
      [90, 8],
      [1_400, 2],
    ] as const) {
      ms = took;
      await sendAll(account, times);
    }
    await nextMinute();
    const { totals } = await stats(`destination_id=${destination_id}`);
    expect(totals.p50_ms).toBeGreaterThan(70);
    expect(totals.p50_ms).toBeLessThanOrEqual(100);
    expect(totals.p95_ms).toBeGreaterThan(1_000);
    expect(totals.p99_ms).toBeLessThanOrEqual(1_500);
  });

  it.each(["range=2h", "range=", "range=1H"])("?%s is refused, and named", async (query) => {
    const { status, json } = await call("GET", `/stats?${query}`);
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["range"]]);
  });

  it("is 404 for an account or destination that there is not, and for another account's", async () => {
    const { account, works } = await tenant();
    const stranger = await newAccount();
    for (const query of [
      "account_id=nobody",
      "destination_id=dst_01JDQ8XK3V7M9T2B4C6D8F0GHJ",
      `account_id=${stranger.account_id}&destination_id=${works.destination_id}`,
    ]) {
      expect([query, (await call("GET", `/stats?${query}`)).status]).toEqual([query, 404]);
    }
    expect((await stats(`account_id=${account.account_id}`)).totals).toMatchObject(NONE);
  });
});

describe("counting", () => {
  it("again and again counts once, and writes nothing more", async () => {
    const { account } = await tenant();
    await sendAll(account, 2);
    await nextMinute();
    await catchUp();
    const before = await stats(`account_id=${account.account_id}&range=1h`);
    let rowsWritten = 0;
    const DB = watchedDatabase(
      () => undefined,
      (rows) => {
        rowsWritten += rows;
      },
    );
    const watched = gatewayOf({ ...env, DB });
    for (let i = 0; i < 3; i++) await sumUp(watched);
    expect(rowsWritten).toBe(0);
    expect((await stats(`account_id=${account.account_id}&range=1h`)).totals).toEqual(before.totals);
  });

  it("costs a row for each destination in the record, one for each account and one more in its minute", async () => {
    const { account } = await tenant();
    await sendAll(account, 5);
    pass(MINUTE_MS);
    let rowsWritten = 0;
    const DB = watchedDatabase(
      () => undefined,
      (rows) => {
        rowsWritten += rows;
      },
    );
    await catchUp();
    await env.DB.prepare("DELETE FROM stats WHERE subject <= 0 AND period = 'minute'").run();
    await sumUp(gatewayOf({ ...env, DB }));
    expect(rowsWritten).toBe(2);
  });

  it("an event that is stored late is counted as long as its minute is counted again", async () => {
    const { account } = await tenant();
    await sendAll(account, 1);
    await nextMinute();
    vi.setSystemTime(Date.now() - MINUTE_MS - 15_000);
    await sendAll(account, 1);
    pass(MINUTE_MS + 15_000);
    await nextMinute();
    expect((await stats(`account_id=${account.account_id}&range=1h`)).totals.events).toBe(2);
  });

  it("moves from minutes to hours, and what was counted stays the same", async () => {
    const { account, fails } = await tenant();
    await sendAll(account, 2);
    await nextMinute();
    const subjects = [`account_id=${account.account_id}`, `destination_id=${fails.destination_id}`];
    const before = await Promise.all(subjects.map((subject) => stats(`${subject}&range=7d`)));
    pass(2 * HOUR_MS);
    await catchUp();
    await env.DB.prepare("DELETE FROM stats WHERE period = 'minute'").run();
    const after = await Promise.all(subjects.map((subject) => stats(`${subject}&range=7d`)));
    expect(after.map(({ totals }) => totals)).toEqual(before.map(({ totals }) => totals));
    expect(before[0]?.totals.events).toBe(2);
  });

  it("is made good after a day and a half without a cron, a bounded piece each minute", async () => {
    const { account } = await tenant();
    await catchUp();
    await sendAll(account, 2);
    pass(36 * HOUR_MS);
    let trips = 0;
    const watched = gatewayOf({ ...env, DB: watchedDatabase(() => void trips++) });
    for (let minute = 0; minute < 20; minute++) {
      await sumUp(watched);
      pass(MINUTE_MS);
    }
    expect(trips).toBe(2 * 20);
    expect((await stats(`account_id=${account.account_id}&range=7d`)).totals).toMatchObject({
      events: 2,
      delivered: 2,
    });
    const { last } = (await env.DB.prepare("SELECT max(time) AS last FROM stats WHERE period = 'hour'").first()) as {
      last: number;
    };
    expect(Date.now() - last).toBeLessThan(2 * HOUR_MS + 4 * MINUTE_MS);
  });

  it("lets go of minutes after two days and of hours after thirty-one", async () => {
    const { account } = await tenant();
    await sendAll(account, 1);
    await nextMinute();
    const count = async (period: string) =>
      (await env.DB.prepare("SELECT count(*) AS n FROM stats WHERE period = ? AND time >= ?")
        .bind(period, Math.floor(start / HOUR_MS) * HOUR_MS)
        .first<number>("n")) ?? 0;
    pass(3 * HOUR_MS);
    await catchUp();
    expect([(await count("minute")) > 0, (await count("hour")) > 0]).toEqual([true, true]);
    pass(2 * DAY_MS);
    await sumUp(gateway);
    expect(await count("minute")).toBe(0);
    expect((await stats(`account_id=${account.account_id}&range=7d`)).totals.events).toBe(1);
    pass(30 * DAY_MS);
    await sumUp(gateway);
    expect((await stats(`account_id=${account.account_id}&range=30d`)).totals.events).toBe(0);
    const old = await env.DB.prepare("SELECT count(*) AS n FROM stats WHERE time < ?").bind(Date.now() - 31 * DAY_MS);
    expect(await old.first("n")).toBe(0);
  });

  it("is a part of the cron, whose run stays below fifty statements", async () => {
    const { account } = await tenant();
    await sendAll(account, 1);
    pass(MINUTE_MS);
    let statements = 0;
    const DB = watchedDatabase((trip) => {
      statements += trip.statements;
    });
    await everyMinute(gatewayOf({ ...env, DB, QUEUE: { sendBatch: async () => undefined } }));
    pass(15_000);
    expect((await stats(`account_id=${account.account_id}`)).totals.events).toBe(1);
    expect(statements).toBeLessThan(50);
  });
});

describe("what a question reads", () => {
  it("is bounded by its range, not by the traffic or the other accounts", async () => {
    const { account, works } = await tenant();
    const end = Math.floor(start / HOUR_MS) * HOUR_MS;
    const insert = (period: string, stepMs: number, count: number) =>
      env.DB.prepare(
        `INSERT INTO stats (period, time, subject, events) SELECT ?, ? - j.value * ?, s.value, 1
         FROM json_each(?) j, json_each(?) s WHERE true ON CONFLICT DO NOTHING`,
      ).bind(period, end, stepMs, JSON.stringify([...Array(count).keys()]), JSON.stringify([...Array(40).keys()]));
    await env.DB.batch([insert("minute", MINUTE_MS, 1_500), insert("hour", HOUR_MS, 800)]);
    let rowsRead = 0;
    const original = env.DB.batch.bind(env.DB);
    vi.spyOn(env.DB, "batch").mockImplementation(async (statements) => {
      const results = await original(statements);
      rowsRead = results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
      return results as never;
    });
    for (const query of ["", `account_id=${account.account_id}`, `destination_id=${works.destination_id}`]) {
      for (const [range, most] of [
        ["1h", 60],
        ["24h", 1_440],
        ["7d", 168 + 120],
        ["30d", 720 + 120],
      ] as const) {
        await stats(`${query}&range=${range}`);
        expect(rowsRead).toBeLessThan(4 * most + 50);
      }
    }
    vi.restoreAllMocks();
  });
});
