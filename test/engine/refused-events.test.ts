/**
 * Event and event: what a receiver refuses keeps nothing else waiting. A receiver that is up answers each event by its
 * type; every good one is attempted within ten minutes of arriving, whatever stands before it.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { destinationOf, newTenant, sendEvent, type Tenant, tally } from "./tenant";
import { HOUR_MS, MINUTE_MS, SECOND_MS, World } from "./world";

const PROMISED_MS = 10 * MINUTE_MS;
/** The bounded part; the whole table is `SIMULATE=full npx vitest run --project worker test/engine/refused-events.test.ts`. */
const HOURS = env.SIMULATE === "full" ? 12 : 4;
const DAYS = env.SIMULATE === "full" ? 3 : 0.5;

let world: World;
let tenant: Tenant;
let sentAt: Map<string, number>;
let refusedWith: number;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world);
  sentAt = new Map();
  world.answer = (_url, _count, body) => new Response("", { status: body.includes("refused") ? refusedWith : 200 });
});
afterEach(() => world.close());

async function send(kind: "good" | "refused", n: number): Promise<void> {
  const body = JSON.stringify({ type: kind, n });
  sentAt.set(body, Date.now());
  await sendEvent(world, tenant, body);
}

/** Moves the clock from one thing that is due to the next, the cron's minutes among them, until that time. */
async function until(end: number): Promise<void> {
  while (Date.now() < end) {
    await world.minute();
    const next = Math.min(...world.queue.map(({ dueAt }) => dueAt), Date.now() + 5 * MINUTE_MS, end);
    world.advance(Math.max(SECOND_MS, next - Date.now()));
  }
}

/** How long each good event waited for its first attempt; one that had none waits for ever. */
function waits(): number[] {
  const firstAt = new Map<string, number>();
  for (const { body, at } of world.received) if (!firstAt.has(body)) firstAt.set(body, at);
  return [...sentAt]
    .filter(([body]) => body.includes("good"))
    .map(([body, at]) => (firstAt.get(body) ?? Number.POSITIVE_INFINITY) - at);
}

const statuses = [422, 404, 500];

describe.each(statuses)("events that are answered %i", (status) => {
  it.each([1, 5, 10, 25, 40])(
    "%i of them keep no good one waiting that comes each hour",
    async (refused) => {
      refusedWith = status;
      for (let n = 0; n < refused; n++) await send("refused", n);
      for (let hour = 1; hour <= HOURS; hour++) {
        await until(Date.now() + HOUR_MS);
        await send("good", hour);
      }
      await until(Date.now() + PROMISED_MS);
      expect(waits()).toHaveLength(HOURS);
      expect(Math.max(...waits())).toBeLessThanOrEqual(PROMISED_MS);
      expect((await tally(world, tenant)).delivered).toBe(HOURS);
    },
    60_000,
  );

  it("nine in ten of them, each hour, let all good ones through", async () => {
    refusedWith = status;
    for (let hour = 0; hour < DAYS * 24; hour++) {
      for (let n = 0; n < 10; n++) await send(n === hour % 10 ? "good" : "refused", 10 * hour + n);
      await until(Date.now() + HOUR_MS);
    }
    expect(waits()).toHaveLength(DAYS * 24);
    expect(Math.max(...waits())).toBeLessThanOrEqual(PROMISED_MS);
  }, 120_000);
});

it("refusals of events neither open a circuit nor prolong it", async () => {
  refusedWith = 422;
  for (let n = 0; n < 20; n++) await send("refused", n);
  expect(await destinationOf(world, tenant)).toMatchObject({ consecutive_failures: 0, failing_since: null });
  expect(world.received).toHaveLength(20);
});

it("a receiver that is dead is still probed after five failures, though it worked before", async () => {
  for (let n = 0; n < 30; n++) await send("good", n);
  refusedWith = 500;
  for (let n = 0; n < 12; n++) await send("refused", n);
  expect(world.received).toHaveLength(30 + 5);
});
