/** Filters made to keep the isolate busy cost a bounded number of steps, and no other account's event waits for one of theirs. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { EVENT_STEPS_MAX } from "../../src/filters/event-view";
import { Run, STEPS_MAX } from "../../src/filters/run";
import { githubPayload } from "../support/github";
import { deliveriesOf, eventRequest, newTenant, type Tenant, tally } from "./tenant";
import { World } from "./world";

const EVENTS = 12;
const HOSTILE_DESTINATIONS = 39;
/** To ask, and to find out why not. */
const MOST_STEPS_OF_AN_EVENT = 2 * (EVENT_STEPS_MAX + STEPS_MAX);

const nested = (depth: number, name: string, leaf: string) => `{"${name}":`.repeat(depth) + leaf + "}".repeat(depth);
const list = (length: number, of: string) => `[${Array(length).fill(of)}]`;
const alternatives = (length: number) => `{"$or":${list(length, '{"$gt":2}')}}`;

const LONG = list(3_000, "1");
const FILTERS = [
  { what: "deep", filter: nested(15, "a", alternatives(100)) },
  { what: "of many alternatives", filter: `{"long":${alternatives(190)}}` },
  { what: "of long references", filter: `{"long":{"$in":{"$ref":"${"b.".repeat(19)}b"}}}` },
];
const PAYLOAD = `{"long":${LONG},"a":${nested(14, "a", LONG)},"b":${nested(19, "b", list(3_000, "2"))}}`;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const hostile = (filters = FILTERS): Promise<Tenant> =>
  newTenant(
    world,
    Array.from({ length: HOSTILE_DESTINATIONS }, (_, n) => ({
      filter: JSON.parse(filters[n % filters.length]?.filter ?? ""),
    })),
  );

/** Counted without a spy, which would keep millions of calls. */
async function stepsOf(work: () => Promise<unknown>): Promise<number> {
  let steps = 0;
  const { spend } = Run.prototype;
  Run.prototype.spend = function (this: Run, taken) {
    steps += taken;
    return spend.call(this, taken);
  };
  try {
    await work();
  } finally {
    Run.prototype.spend = spend;
  }
  return steps;
}

it.each(FILTERS)("a filter $what stops, and its event with it", async (one) => {
  const tenant = await hostile([one]);
  const steps = await stepsOf(() => world.request(eventRequest(tenant, PAYLOAD)));
  expect(steps).toBeGreaterThan(EVENT_STEPS_MAX);
  expect(steps).toBeLessThan(MOST_STEPS_OF_AN_EVENT);
  expect(await tally(world, tenant)).toEqual({ "filtered: filter": HOSTILE_DESTINATIONS });
  const [filtered] = await deliveriesOf(world, tenant, "&state=filtered");
  expect(filtered?.explanation).toMatch(/more in it than a filter may look at/);
});

it("an account beside such a one has every event delivered at once, by the very request that took it in", async () => {
  const noise = await hostile();
  const healthy = await newTenant(world, [{ filter: { sender: { id: { $gt: 0 } } } }]);
  const push = githubPayload("push");
  const sent = Array.from({ length: EVENTS }, () => [
    world.begin(eventRequest(noise, PAYLOAD)),
    world.begin(eventRequest(healthy, push)),
  ]).flat();
  for (const { answered, done } of sent) {
    const answer = await answered;
    expect(answer !== "killed" && answer.status).toBe(200);
    await done;
  }
  expect(await tally(world, healthy)).toEqual({ delivered: EVENTS });
  expect(await tally(world, noise)).toEqual({ "filtered: filter": EVENTS * HOSTILE_DESTINATIONS });
  expect(world.at(healthy.destinations[0]?.url ?? "")).toHaveLength(EVENTS);
  expect(world.queue).toEqual([]);
});
