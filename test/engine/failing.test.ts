/** "Failing" is one thing, wherever it is shown: an open circuit. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { PROBE_AFTER_FAILURES } from "../../src/deliveries/recording/circuit";
import { readNow } from "../../src/deliveries/status/read-now";
import { destinationOf, manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { World } from "./world";

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world);
  world.answer = () => new Response("", { status: 503 });
});
afterEach(() => world.close());

async function shown() {
  const health = await manage<{ details: { failing_destinations: number } }>(world, "GET", "/health");
  const { failing } = await readNow({ db: openDatabase(env.DB), queue: null, sealingKeys: [], now: Date.now });
  return { health: health.json.details.failing_destinations, overview: failing.length };
}

it("a destination that failed a few times is failing nowhere, only its count says so", async () => {
  for (let n = 1; n < PROBE_AFTER_FAILURES; n++) await sendEvent(world, tenant, "{}");
  expect(await destinationOf(world, tenant)).toMatchObject({ consecutive_failures: PROBE_AFTER_FAILURES - 1 });
  expect(await shown()).toEqual({ health: 0, overview: 0 });
});

it("once its circuit is open it is failing everywhere, also while nothing is held", async () => {
  for (let n = 0; n < PROBE_AFTER_FAILURES; n++) await sendEvent(world, tenant, "{}");
  await env.DB.prepare("UPDATE destinations SET wake_at = NULL").run();
  expect(await shown()).toEqual({ health: 1, overview: 1 });
});
