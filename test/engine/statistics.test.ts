/** What the statistics say, beside the lists that they are of. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { insist, manage, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from "./world";

type Totals = { events: number; delivered: number; failed: number; exhausted: number; discarded: number };
const YEAR_MS = 365 * DAY_MS;

let world: World;
let tenant: Tenant;
let status: number;
beforeEach(async () => {
  world = await World.open();
  await env.DB.prepare("DELETE FROM stats").run();
  tenant = await newTenant(world);
  status = 200;
  world.answer = () => new Response("", { status });
});
afterEach(() => world.close());

const path = () => `/destinations/${tenant.destinations[0]!.id}`;

async function totals(query: string): Promise<Totals & { success_rate: number | null }> {
  const { json } = await insist<{ totals: Totals & { success_rate: number | null } }>(world, "GET", `/stats?${query}`);
  return json.totals;
}

const ofEverything = () => totals("range=24h");

/** Until what happened before is counted. */
async function counted(): Promise<void> {
  await world.pass(4 * MINUTE_MS);
}

/** Five that were attempted, of which four are due again, and three that are held behind the open circuit. */
async function failing(): Promise<void> {
  status = 500;
  for (let n = 0; n < 8; n++) await sendEvent(world, tenant, `{"n":${n}}`);
}

describe("what is discarded because its destination", () => {
  it.each([
    ["was disabled", () => manage(world, "DELETE", `${path()}/activation`), "discarded: destination_disabled"],
    ["was removed", () => manage(world, "DELETE", path()), "discarded: destination_removed"],
  ])("%s is counted, held or due again", async (_how, stop, name) => {
    await failing();
    world.advance(1_000);
    await stop();
    await counted();
    expect(await tally(world, tenant)).toEqual({ [name]: 8 });
    expect(await ofEverything()).toMatchObject({ events: 8, discarded: 8, failed: 5, exhausted: 0 });
    expect(await totals(`account_id=${tenant.accountId}`)).toMatchObject({ events: 8, discarded: 8 });
  });
});

it("what a 410 ends and discards beside it is counted once each", async () => {
  await failing();
  status = 410;
  await counted();
  const { "discarded: gone": gone = 0, "discarded: destination_disabled": others = 0 } = await tally(world, tenant);
  expect([gone + others, gone > 0, others > 0]).toEqual([8, true, true]);
  expect(await ofEverything()).toMatchObject({ discarded: 8, failed: 5 + gone });
});

it("of a test event that is discarded only the event is counted", async () => {
  status = 410;
  await manage(world, "POST", `${path()}/tests`);
  await counted();
  expect(await tally(world, tenant)).toEqual({ "discarded: gone": 1 });
  expect(await ofEverything()).toMatchObject({ events: 1, discarded: 0, failed: 0 });
});

it("a delivery that is sent again and arrives again is delivered once, by two attempts", async () => {
  const { eventId } = await sendEvent(world, tenant, "{}");
  await manage(world, "POST", `/events/${eventId}/redeliveries`);
  await counted();
  expect(world.received).toHaveLength(2);
  expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  expect(await ofEverything()).toMatchObject({ delivered: 1, failed: 0, success_rate: 1 });
});

it("a last attempt whose lease was lost to one that goes on does not exhaust it", async () => {
  await manage(world, "PATCH", path(), { retry_schedule: [] });
  status = 500;
  world.answer = async () => {
    await env.DB.prepare("UPDATE flights SET lease = 'lse_other'").run();
    return new Response("", { status });
  };
  await sendEvent(world, tenant, "{}");
  expect(await tally(world, tenant)).toEqual({ pending: 1 });
  await env.DB.prepare("UPDATE deliveries SET lease = NULL, next_attempt_at = NULL, state = 'delivered'").run();
  await counted();
  expect(await ofEverything()).toMatchObject({ failed: 1, exhausted: 0 });
});

describe("an account that is removed", () => {
  it.each([
    ["after its minutes were counted", counted],
    ["before they were", async () => undefined],
  ])("%s stays in the statistics of everything", async (_when, wait) => {
    const other = await newTenant(world);
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, "{}");
    await sendEvent(world, other, "{}");
    await wait();
    await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
    await counted();
    expect(await world.rows("events"), "the events are gone").toBe(1);
    expect(await ofEverything()).toMatchObject({ events: 4, delivered: 4 });
    await world.pass(2 * HOUR_MS, 30 * MINUTE_MS);
    expect(await totals("range=7d")).toMatchObject({ events: 4, delivered: 4 });
  });
});

it("an event that is deleted while its minute is still being counted stays counted", async () => {
  const { eventId } = await sendEvent(world, tenant, "{}");
  await sendEvent(world, tenant, "{}");
  await world.pass(2 * MINUTE_MS);
  await env.DB.prepare("DELETE FROM events WHERE event_id = ?").bind(eventId).run();
  await counted();
  const whole = { events: 2, delivered: 2 };
  expect(await ofEverything()).toMatchObject(whole);
  expect(await totals(`account_id=${tenant.accountId}`)).toMatchObject(whole);
});

it("nor is one forgotten because another comes late", async () => {
  for (let n = 0; n < 3; n++) await sendEvent(world, tenant, "{}");
  await world.pass(2 * MINUTE_MS);
  await env.DB.prepare("DELETE FROM events").run();
  world.advance(-2 * MINUTE_MS);
  await sendEvent(world, tenant, `{"late":true}`);
  world.advance(2 * MINUTE_MS);
  await counted();
  expect(await ofEverything()).toMatchObject({ events: 3, delivered: 3 });
});

describe("a clock that was ahead for a moment", () => {
  it("by years leaves the statistics going", async () => {
    await world.pass(2 * HOUR_MS, 30 * MINUTE_MS);
    world.advance(2 * YEAR_MS);
    await sendEvent(world, tenant, `{"ahead":true}`);
    await world.pass(3 * MINUTE_MS);
    const ahead = await env.DB.prepare(
      "SELECT count(DISTINCT period) AS n FROM stats WHERE period <> 'hour' AND time > ?",
    )
      .bind(Date.now() - YEAR_MS)
      .first<number>("n");
    expect(ahead, "minutes of both kinds were counted").toBe(2);
    world.advance(-2 * YEAR_MS);
    await sendEvent(world, tenant, "{}");
    // two hours of missed minutes a run, up to two days
    await world.pass(2 * HOUR_MS);
    expect(await totals("range=24h")).toMatchObject({ delivered: 1 });
    expect(await totals("range=7d"), "by the hour").toMatchObject({ delivered: 1 });
    const newest = await env.DB.prepare("SELECT max(time) AS t FROM stats").first<number>("t");
    expect(newest).toBeLessThanOrEqual(Date.now());
  });
});
