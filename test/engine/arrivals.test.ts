/** What arrives at once takes the short way into the record; what only seemed to be that simple loses nothing by it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RoundTrip, watchedDatabase } from "../support/database";
import { deliveryTo, eventRequest, newTenant, type Tenant } from "./tenant";
import { World } from "./world";

let world: World;
let tenant: Tenant;
let beforeTrip: (trip: RoundTrip) => void;
afterEach(() => world.close());

beforeEach(async () => {
  beforeTrip = () => undefined;
  world = await World.open({ DB: watchedDatabase((trip) => beforeTrip(trip)) });
  tenant = await newTenant(world, [{}, {}]);
});

/** Sends an event, changes its first destination while the attempts are on their way, and lets them end. */
async function sendWhile(column: string, value: number, statusOfSecond = 200): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const [first] = tenant.destinations;
  world.answer = async (url) => {
    await gate.promise;
    return new Response("", { status: url === first?.url ? 200 : statusOfSecond });
  };
  const { done } = world.begin(eventRequest(tenant, "{}"));
  while (world.received.length < 2) await scheduler.wait(1);
  await env.DB.prepare(`UPDATE destinations SET ${column} = ? WHERE destination_id = ?`).bind(value, first?.id).run();
  gate.resolve();
  await done;
}

const circuit = () =>
  env.DB.prepare(
    "SELECT consecutive_failures AS failures, attempts_per_success AS perSuccess FROM destinations WHERE destination_id = ?",
  )
    .bind(tenant.destinations[0]?.id)
    .first();
const arrivedOnce = { state: "delivered", attempt_count: 1 };

it("a success ends the run of failures that others have recorded meanwhile", async () => {
  await sendWhile("consecutive_failures", 3);
  expect(await circuit()).toEqual({ failures: 0, perSuccess: 4 });
  for (const place of [0, 1]) expect(await deliveryTo(world, tenant, place)).toMatchObject(arrivedOnce);
  expect(await world.rows("flights")).toBe(0);
});

it("a success is told to a destination that seldom works", async () => {
  await sendWhile("attempts_per_success", 9);
  expect(await circuit()).toEqual({ failures: 0, perSuccess: 7 });
});

it("what failed beside it is tried again by its message", async () => {
  await sendWhile("consecutive_failures", 3, 500);
  expect(world.queue.map(({ body }) => body)).toEqual([{ delivery: expect.any(String) }]);
  expect(await deliveryTo(world, tenant, 1)).toMatchObject({ state: "pending", attempt_count: 1 });
});

it("it is not sent again though the database will not take its record in full", async () => {
  beforeTrip = ({ asked }) => {
    if (asked.some(({ sql }) => sql.includes("INSERT INTO attempts")))
      throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
  };
  await sendWhile("consecutive_failures", 3);
  expect(await deliveryTo(world, tenant)).toMatchObject({ ...arrivedOnce, attempts: [] });
  expect(await deliveryTo(world, tenant, 1)).toMatchObject({ ...arrivedOnce, attempts: [{ status_code: 200 }] });
});
