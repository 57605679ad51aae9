/**
 * The Worker is killed at every point at which it waits for the outside, in turn, and starts again without its memory.
 * The list of points is what a run without faults comes through, so that a new one cannot be forgotten.
 */
import { afterEach, describe, expect, it } from "vitest";
import { githubPayload } from "../support/github";
import { deliveriesOf, insist, manage, newTenant, type Sent, sendEvent, type Tenant } from "./tenant";
import { type Fault, MINUTE_MS, NO_QUEUE, type Seam, World } from "./world";

type Story = {
  settings: Record<string, unknown>;
  destinations: Record<string, unknown>[];
  tell: (world: World, tenant: Tenant) => Promise<Sent[]>;
};

/** Two events to three destinations, of which one fails at first; then whatever it takes until all is quiet. */
async function retried(world: World, tenant: Tenant): Promise<Sent[]> {
  const failing = tenant.destinations[1]?.url;
  world.answer = (url, count) => new Response("", { status: url === failing && count <= 2 ? 503 : 200 });
  const sent: Sent[] = [];
  for (const name of ["push", "issues"]) sent.push(await sendEvent(world, tenant, githubPayload(name)));
  await world.runToRest();
  return sent;
}

/** A destination gives up soon, is asked again by hand, and recovered when it works; a bad event is among them. */
async function sentAgain(world: World, tenant: Tenant): Promise<Sent[]> {
  const [, broken] = tenant.destinations;
  let works = false;
  world.answer = (url) => new Response("", { status: url === broken?.url && !works ? 500 : 200 });
  const from = new Date(Date.now()).toISOString();
  const sent = [await sendEvent(world, tenant, githubPayload("release"))];
  sent.push(await sendEvent(world, tenant, "{not json"));
  await world.runToRest();
  const [exhausted] = await deliveriesOf(world, tenant, `&destination_id=${broken?.id}&state=exhausted`);
  if (exhausted) await insist(world, "POST", `/deliveries/${exhausted.delivery_id}/redeliveries`);
  await world.runToRest();
  works = true;
  world.advance(MINUTE_MS);
  const recovery = await insist(world, "POST", `/destinations/${broken?.id}/recoveries`, { from });
  expect([202, 409], "409 where the answer of the first call was lost").toContain(recovery.status);
  await world.runToRest();
  return sent;
}

const GIVES_UP = { max_attempts: 2 };

const STORIES: [name: string, story: Story, doors: string[]][] = [
  [
    "stored, failed, retried",
    { settings: {}, destinations: [{}, {}, {}], tell: retried },
    ["db", "db.batch", "fetch", "queue.sendBatch"],
  ],
  [
    "queued, exhausted, redelivered, recovered",
    { settings: { ACCEPT: "queue" }, destinations: [{}, GIVES_UP], tell: sentAgain },
    ["db", "db.batch", "fetch", "queue.send", "queue.sendBatch"],
  ],
  [
    "the same where there is no queue",
    { settings: NO_QUEUE, destinations: [{}, GIVES_UP], tell: sentAgain },
    ["db", "db.batch", "fetch"],
  ],
];

let world: World;
afterEach(() => world.close());

async function play(story: Story, fault: (seam: Seam, at: number) => Fault) {
  world = await World.open(story.settings);
  const tenant = await newTenant(world, story.destinations);
  world.seams.length = 0;
  world.fault = fault;
  const sent = await story.tell(world, tenant);
  const points = [...world.seams];
  world.fault = () => "none";
  return { tenant, sent, points };
}

/** Plays it without a fault, and then with one at each point that it came through. */
async function everyPoint(story: Story, fault: Fault, check: (played: Played) => void): Promise<Seam[]> {
  const { points } = await play(story, () => "none");
  world.close();
  for (const at of points.keys()) {
    let met: Seam | null = null;
    const played = await play(story, (seam, index) => {
      if (index !== at || met) return "none";
      met = seam;
      return fault;
    });
    expect(met, `point ${at} was met`).not.toBeNull();
    const where = `after a ${fault} at point ${at}, ${JSON.stringify(met)}`;
    expect(await world.pending(), `quiet ${where}`).toBe(0);
    check({ ...played, seam: met as unknown as Seam, where });
    world.close();
  }
  return points;
}

type Played = { tenant: Tenant; sent: Sent[]; seam: Seam; where: string };

/** All that was accepted arrives, none that was refused, each under one id; returns how many copies were too many. */
function expectNothingLost({ tenant, sent, where }: Played): number {
  let copies = 0;
  for (const { url } of tenant.destinations) {
    const arrived = world.at(url).filter(({ status }) => status === 200);
    for (const { body, status } of sent) {
      const own = arrived.filter((one) => one.body === body);
      if (status === 200 || status === 202) expect(own.length, `arrived ${where}`).toBeGreaterThan(0);
      if (typeof status === "number" && status >= 400 && status < 500) expect(own).toEqual([]);
      expect(new Set(own.map((one) => one.webhookId)).size, `one webhook-id ${where}`).toBeLessThanOrEqual(1);
      expect(own.length, `a second copy at most, ${where}`).toBeLessThanOrEqual(2);
      copies += Math.max(0, own.length - 1);
    }
  }
  return copies;
}

describe.each(STORIES)("%s", (_name, story, doors) => {
  it("arrives although the Worker is killed, at every point in turn", { timeout: 120_000 }, async () => {
    const points = await everyPoint(story, "kill", (played) => {
      const copies = expectNothingLost(played);
      const unrecorded = played.seam.name === "fetch" || played.seam.name === "db.batch";
      if (!unrecorded) expect(copies, `nothing is sent twice ${played.where}`).toBe(0);
    });
    expect([...new Set(points.map(({ name }) => name))].sort()).toEqual(doors);
    expect(points.length).toBeGreaterThan(30);
  });

  it("arrives although a call to the outside fails, each in turn", { timeout: 120_000 }, async () => {
    await everyPoint(story, "throw", (played) => {
      const copies = expectNothingLost(played);
      const answerLost = played.seam.name === "fetch" && played.seam.side === "after";
      expect(copies, `sent twice only where the answer was lost, ${played.where}`).toBeLessThanOrEqual(
        answerLost ? 1 : 0,
      );
    });
  });
});

it("the operator's list shows what was sent again as attempts of one delivery", async () => {
  const { tenant } = await play(STORIES[1]![1], () => "none");
  const [again] = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[1]?.id}`);
  expect(again).toMatchObject({ state: "delivered", attempt_count: 5 });
  const read = await manage<{ attempts: { number: number }[] }>(world, "GET", `/deliveries/${again?.delivery_id}`);
  expect(read.json.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
});
