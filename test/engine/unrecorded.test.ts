/** What was sent cannot be recorded, for hours and days: it is not sent for ever. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { githubPayload } from "../support/github";
import { openForTests, reopen, tenant, world } from "./opened";
import { deliveriesOf, deliveryTo, insist, sendEvent, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS } from "./world";

openForTests();

const PUSH = githubPayload("push");
const FULL = "database or disk is full";
const MOST_IN_A_DAY = 8;
const STEP_MS = 5 * MINUTE_MS;

/** Lets the database refuse what the trigger names, until `accepts`. */
async function refuses(what: string[]): Promise<void> {
  const refusal = `BEGIN SELECT RAISE(ABORT, '${FULL}'); END`;
  await env.DB.batch(what.map((one, i) => env.DB.prepare(`CREATE TRIGGER refusing_${i} BEFORE ${one} ${refusal}`)));
}
const accepts = () => env.DB.batch([0, 1, 2].map((i) => env.DB.prepare(`DROP TRIGGER IF EXISTS refusing_${i}`)));
afterEach(accepts);

/** A first attempt is in the delivery's row. */
const ATTEMPTS = [
  "INSERT ON attempts",
  "INSERT ON deliveries WHEN NEW.first_outcome IS NOT NULL",
  "UPDATE OF first_outcome ON deliveries WHEN NEW.first_outcome IS NOT OLD.first_outcome",
];
/** Only a record says how many attempts there were. */
const RECORDS = ["INSERT ON deliveries WHEN NEW.attempt_count > 0", "UPDATE OF attempt_count ON deliveries"];
const sent = (n = 0) => world.at(tenant.destinations[n]!.url).length;

describe("a database that takes no attempts any more", () => {
  it("still knows what has arrived: it is sent once", async () => {
    await refuses(ATTEMPTS);
    await sendEvent(world, tenant, PUSH);
    expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered", attempt_count: 1, attempts: [] });
    await world.pass(2 * HOUR_MS, STEP_MS);
    expect(sent()).toBe(1);
  });

  it("still knows what failed: its schedule goes on, and ends", async () => {
    world.answer = () => new Response("", { status: 422 });
    await refuses(ATTEMPTS);
    await sendEvent(world, tenant, PUSH);
    await world.pass(10 * MINUTE_MS);
    expect([sent(), (await deliveryTo(world, tenant)).attempt_count]).toEqual([4, 4]);
    await accepts();
    await world.pass(5 * DAY_MS, HOUR_MS);
    const { state, attempt_count, attempts } = await deliveryTo(world, tenant);
    expect([state, attempt_count, sent()]).toEqual(["exhausted", 11, 11]);
    expect(attempts.map(({ number }) => number).sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11]);
  });

  it("keeps nobody else's attempt from being recorded, once it takes them again", async () => {
    await refuses(ATTEMPTS);
    await sendEvent(world, tenant, PUSH);
    await accepts();
    world.advance(SECOND_MS);
    await sendEvent(world, tenant, PUSH);
    expect((await deliveriesOf(world, tenant)).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
    expect((await deliveryTo(world, tenant)).attempts).toHaveLength(1);
  });
});

describe("a database that takes no record any more", () => {
  it.each([
    ["with a queue", {}],
    ["without a queue", NO_QUEUE],
  ])(
    "%s: what has arrived is sent a few times in the first day, and then once a day",
    async (_how, settings) => {
      await reopen(settings);
      await refuses(RECORDS);
      await sendEvent(world, tenant, PUSH);
      await world.pass(DAY_MS, STEP_MS);
      expect(sent()).toBeGreaterThan(1);
      expect(sent()).toBeLessThanOrEqual(MOST_IN_A_DAY);
      const before = sent();
      await world.pass(2 * DAY_MS, 15 * MINUTE_MS);
      expect(sent() - before).toBeGreaterThanOrEqual(1);
      expect(sent() - before).toBeLessThanOrEqual(2);
    },
    60_000,
  );

  it("behind an open circuit: each of those that are its probes is sent no more often", async () => {
    world.answer = () => new Response("", { status: 500 });
    for (let n = 0; n < 8; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    expect(sent()).toBeLessThan(8);
    world.received.length = 0;
    await refuses(RECORDS);
    await world.pass(DAY_MS, STEP_MS);
    const bodies = Map.groupBy(world.received, ({ body }) => body);
    expect(bodies.size).toBeGreaterThan(0);
    for (const [body, ofOne] of bodies) expect(ofOne.length, body).toBeLessThanOrEqual(MOST_IN_A_DAY);
  }, 60_000);

  it("until it does: then it is known, and the next lease is a short one again", async () => {
    await refuses(RECORDS);
    await sendEvent(world, tenant, PUSH);
    await world.pass(HOUR_MS, STEP_MS);
    await accepts();
    await world.pass(2 * HOUR_MS, STEP_MS);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
    expect(await env.DB.prepare("SELECT unrecorded FROM deliveries").first("unrecorded")).toBe(0);
  });

  it("lets a person send again what waits for the end of a long lease", async () => {
    await refuses(RECORDS);
    await sendEvent(world, tenant, PUSH);
    await world.pass(2 * HOUR_MS, STEP_MS);
    await accepts();
    const { delivery_id } = await deliveryTo(world, tenant);
    await insist(world, "POST", `/deliveries/${delivery_id}/redeliveries`);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });
});

it("a database that takes nothing at all about deliveries: nothing is sent any more", async () => {
  await sendEvent(world, tenant, PUSH);
  world.answer = () => new Response("", { status: 422 });
  await sendEvent(world, tenant, PUSH);
  await refuses(["INSERT ON deliveries", "UPDATE ON deliveries"]);
  await world.pass(6 * HOUR_MS, STEP_MS);
  expect(sent()).toBe(2);
});
