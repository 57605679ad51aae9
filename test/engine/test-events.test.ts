/** A test event is a person's own look at a destination: one attempt, whoever makes it, and nothing follows from it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveriesOf, destinationOf, manage, newTenant, type Tenant, tally } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, World } from "./world";

const OPS = "https://ops.example/alerts";
const SETTINGS = { ALERT_WEBHOOK_URL: OPS };

let world: World;
let tenant: Tenant;
let status: number;

async function open(settings: Record<string, unknown> = {}): Promise<void> {
  world = await World.open({ ...SETTINGS, ...settings });
  tenant = await newTenant(world);
  status = 500;
  world.answer = () => new Response("", { status });
}
beforeEach(() => open());
afterEach(() => world.close());

const arrived = () => world.at(tenant.destinations[0]!.url).length;
const test = () => manage(world, "POST", `/destinations/${tenant.destinations[0]!.id}/tests`);

/** A test whose Worker dies at the first seam of that name. */
async function testKilledAt(name: string, side: "before" | "after"): Promise<void> {
  world.fault = (seam) => (seam.name.startsWith(name) && seam.side === side ? "kill" : "none");
  await expect(test()).rejects.toThrow("killed");
  world.fault = () => "none";
}

describe.each([
  ["with a queue", {}],
  ["without one", NO_QUEUE],
])("a test event whose Worker died %s", (_how, settings) => {
  beforeEach(async () => {
    world.close();
    await open(settings);
  });

  it("before its attempt has one", async () => {
    await testKilledAt("fetch", "before");
    await world.pass(4 * HOUR_MS, 10 * MINUTE_MS);
    expect(arrived()).toBe(1);
    expect(await tally(world, tenant)).toEqual({ "exhausted: attempts_exhausted": 1 });
  });

  it("after its attempt has one more, and no schedule", async () => {
    await testKilledAt("fetch", "after");
    await world.pass(4 * HOUR_MS, 10 * MINUTE_MS);
    expect(arrived()).toBe(2);
    expect(await tally(world, tenant)).toEqual({ "exhausted: attempts_exhausted": 1 });
  });
});

describe("a test event that fails", () => {
  it.each([500, 404, 410])("with %i leaves the destination's health as it was", async (answer) => {
    status = answer;
    const before = await destinationOf(world, tenant);
    for (let n = 0; n < 12; n++) {
      expect((await test()).status).toBe(200);
      world.advance(DAY_MS);
    }
    expect(arrived()).toBe(12);
    expect(await destinationOf(world, tenant)).toEqual(before);
  });

  it("raises no alert", async () => {
    await test();
    status = 410;
    await test();
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    expect(world.at(OPS)).toEqual([]);
  });

  it("is in the list of deliveries, and in no statistics", async () => {
    await test();
    expect(await deliveriesOf(world, tenant)).toMatchObject([{ state: "exhausted", attempt_count: 1 }]);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM stats WHERE failed + exhausted > 0").first("n")).toBe(0);
  });
});

it("a test event that arrives ends no failing", async () => {
  await env.DB.prepare("UPDATE destinations SET consecutive_failures = 7, failing_since = ?").bind(Date.now()).run();
  status = 200;
  await test();
  expect(arrived()).toBe(1);
  expect(await destinationOf(world, tenant)).toMatchObject({ consecutive_failures: 7 });
});
