/**
 * The Worker is killed at every point at which it waits for the outside, in turn, and starts again without its memory.
 * The list of points is what a run without faults comes through, so that a new one cannot be forgotten.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newTenant, type Sent, sendEvent, type Tenant } from "./tenant";
import { type Seam, World } from "./world";

const THREE = [{}, {}, {}];

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Two events to three destinations, of which one fails at first; then whatever it takes until all is quiet. */
async function story(tenant: Tenant): Promise<Sent[]> {
  const failing = tenant.destinations[1]?.url;
  world.answer = (url, count) => new Response("", { status: url === failing && count <= 2 ? 503 : 200 });
  world.seams.length = 0;
  const sent: Sent[] = [];
  for (const n of [1, 2]) sent.push(await sendEvent(world, tenant, `{"event":${n},"of":"${tenant.accountId}"}`));
  await world.settle();
  return sent;
}

async function pointsOfTheStory(): Promise<Seam[]> {
  await story(await newTenant(world, THREE));
  return [...world.seams];
}

function expectNothingLost(tenant: Tenant, sent: Sent[]): void {
  for (const { url } of tenant.destinations) {
    const arrived = world.at(url);
    for (const { body, status } of sent) {
      if (status === 200 || status === 202) expect(arrived.map((one) => one.body)).toContain(body);
    }
    for (const [body, copies] of Map.groupBy(arrived, (one) => one.body)) {
      expect(new Set(copies.map((one) => one.webhookId)).size, `webhook-id of the copies of ${body}`).toBe(1);
    }
  }
}

describe("the Worker is killed at every point in turn", () => {
  it("and what was answered 2xx arrives everywhere", { timeout: 120_000 }, async () => {
    const points = await pointsOfTheStory();
    const kinds = new Set(points.map(({ name }) => name));
    expect([...kinds].sort()).toEqual(["db", "db.batch", "fetch", "queue.sendBatch"]);
    expect(points.length).toBeGreaterThan(30);

    for (const index of points.keys()) {
      const tenant = await newTenant(world, THREE);
      let killed = false;
      world.fault = (_seam, at) => {
        if (at !== index || killed) return "none";
        killed = true;
        return "kill";
      };
      const sent = await story(tenant);
      world.fault = () => "none";
      expect(killed, `point ${index} was met`).toBe(true);
      expectNothingLost(tenant, sent);
      expect(await world.pending(), `quiet after a kill at point ${index}`).toBe(0);
    }
  });
});

describe("every call to the outside fails once in turn", () => {
  it("and what was answered 2xx arrives everywhere", { timeout: 120_000 }, async () => {
    const points = await pointsOfTheStory();
    for (const index of points.keys()) {
      const tenant = await newTenant(world, THREE);
      world.fault = (_seam, at) => (at === index ? "throw" : "none");
      const sent = await story(tenant);
      world.fault = () => "none";
      expectNothingLost(tenant, sent);
      expect(await world.pending(), `quiet after a failure at point ${index}`).toBe(0);
    }
  });
});
