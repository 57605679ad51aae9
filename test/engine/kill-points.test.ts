/**
 * The Worker is killed at every point at which it waits for the outside, in turn, and starts again without its memory.
 * The list of points is what a run without faults comes through, so that a new one cannot be forgotten.
 */
import { afterEach, describe, expect, it } from "vitest";
import { CLAIM } from "../../src/deliveries/deadlines";
import { githubPayload } from "../support/github";
import { deliveriesOf, insist, manage, newTenant, type Sent, sendEvent, type Tenant, tally } from "./tenant";
import { DAY_MS, type Fault, HOUR_MS, type Isolate, MINUTE_MS, NO_QUEUE, SECOND_MS, type Seam, World } from "./world";

type Story = {
  settings: Record<string, unknown>;
  destinations: Record<string, unknown>[];
  tell: (world: World, tenant: Tenant) => Promise<Sent[]>;
  /** Destinations that need not get everything. */
  without?: number[];
  /** The least time from one attempt to the next, where only the schedule says when. */
  least?: number[];
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

/** A destination is removed while it fails, and then the whole account; neither is asked again. */
async function removed(world: World, tenant: Tenant): Promise<Sent[]> {
  const [, gone] = tenant.destinations;
  world.answer = (url) => new Response("", { status: url === gone?.url ? 503 : 200 });
  const sent = [await sendEvent(world, tenant, githubPayload("push"))];
  await insist(world, "DELETE", `/destinations/${gone?.id}`);
  const asked = world.at(gone?.url ?? "").length;
  sent.push(await sendEvent(world, tenant, githubPayload("issues")));
  await world.runToRest();
  expect(world.at(gone?.url ?? ""), "removed means removed").toHaveLength(asked);
  await insist(world, "DELETE", `/accounts/${tenant.accountId}`);
  const { length } = world.received;
  await world.pass(2 * MINUTE_MS);
  expect(world.received).toHaveLength(length);
  expect(await world.rows("events"), "what hung on the account is gone").toBe(0);
  return sent;
}

/** What is old and finished goes while something old still waits; new events come in between. */
async function expired(world: World, tenant: Tenant): Promise<Sent[]> {
  const [, late] = tenant.destinations;
  let works = false;
  world.answer = (url) => new Response("", { status: url === late?.url && !works ? 500 : 200 });
  const sent = [await sendEvent(world, tenant, githubPayload("push"))];
  world.advance(DAY_MS + HOUR_MS);
  await world.minute();
  works = true;
  sent.push(await sendEvent(world, tenant, githubPayload("issues")));
  await world.runToRest(DAY_MS, HOUR_MS);
  world.advance(DAY_MS + HOUR_MS);
  await world.minute();
  return sent;
}

const GIVES_UP = { max_attempts: 2 };
/** The first two waits, less their jitter. */
const LEAST = [4 * SECOND_MS, 48 * SECOND_MS];

const STORIES: [name: string, story: Story, doors: string[]][] = [
  [
    "stored, failed, retried",
    { settings: {}, destinations: [{}, {}, {}], tell: retried, least: LEAST },
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

const REMOVALS: typeof STORIES = [
  [
    "stored, removed",
    { settings: {}, destinations: [{}, {}], tell: removed, without: [1] },
    ["db", "db.batch", "fetch", "queue.sendBatch"],
  ],
  [
    "stored, retried, expired",
    { settings: { RETENTION_DAYS: "1" }, destinations: [{}, {}], tell: expired },
    ["db", "db.batch", "fetch", "queue.sendBatch"],
  ],
];

let world: World;
afterEach(() => world.close());

async function play(story: Story, fault: (seam: Seam, at: number) => Fault, at = -1) {
  world = await World.open(story.settings);
  world.isFar = (index) => Math.abs(index - at) <= 2;
  const tenant = await newTenant(world, story.destinations);
  world.seams.length = 0;
  world.fault = fault;
  const sent = await story.tell(world, tenant);
  const points = [...world.seams];
  world.fault = () => "none";
  return { story, tenant, sent, points };
}

/** Plays it without a fault, and then with one at each point that it came through. */
async function everyPoint(story: Story, fault: Fault, check: (played: Played) => void): Promise<Seam[]> {
  const { points, ...undisturbed } = await play(story, () => "none");
  const where = "where nothing failed";
  expect(expectNothingLost({ ...undisturbed, where }), `nothing is sent twice ${where}`).toBe(0);
  await expectTrueRecords({ ...undisturbed, where }, 0);
  world.close();
  for (const at of points.keys()) {
    let met: Seam | null = null;
    const played = await play(
      story,
      (seam, index) => {
        if (index !== at || met) return "none";
        met = seam;
        return fault;
      },
      at,
    );
    expect(met, `point ${at} was met`).not.toBeNull();
    const where = `after a ${fault} at point ${at}, ${JSON.stringify(met)}`;
    expect(await world.pending(), `quiet ${where}`).toBe(0);
    check({ ...played, seam: met as unknown as Seam, where });
    await expectTrueRecords({ ...played, where }, 1);
    world.close();
  }
  return points;
}

type Told = { story: Story; tenant: Tenant; sent: Sent[]; where: string };
type Played = Told & { seam: Seam };

/** All that was accepted arrives, none that was refused, each under one id; returns how many copies were too many. */
function expectNothingLost({ story, tenant, sent, where }: Told): number {
  let copies = 0;
  const all = tenant.destinations.filter((_, n) => !story.without?.includes(n));
  for (const { url } of all) {
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

/** What is told of each delivery is what its receiver saw, give or take the one attempt that met the fault. */
async function expectTrueRecords({ story, tenant, where }: Told, unknown: number): Promise<void> {
  for (const { delivery_id, attempt_count } of await deliveriesOf(world, tenant)) {
    const seen = world.received.filter(({ webhookId }) => webhookId === delivery_id);
    expect(Math.abs(seen.length - attempt_count), `attempts of one delivery ${where}`).toBeLessThanOrEqual(unknown);
    for (const [n, least] of (story.least ?? []).entries()) {
      const [before, after] = [seen[n], seen[n + 1]];
      if (before && after) expect(after.at - before.at, `the wait ${n + 1} ${where}`).toBeGreaterThanOrEqual(least);
    }
  }
}

describe.each([...STORIES, ...REMOVALS])("%s", (_name, story, doors) => {
  it("arrives although the Worker is killed, at every point in turn", { timeout: 120_000 }, async () => {
    const points = await everyPoint(story, "kill", (played) => {
      const copies = expectNothingLost(played);
      const unrecorded = played.seam.name === "fetch" || played.seam.name === "db.batch";
      if (!unrecorded) expect(copies, `nothing is sent twice ${played.where}`).toBe(0);
    });
    expect([...new Set(points.map(({ name }) => name))].sort()).toEqual(doors);
    expect(points.length).toBeGreaterThan(30);
  });
});

describe.each(STORIES)("%s", (_name, story) => {
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

describe("several isolates over one database, and a receiver that takes as long as it may", () => {
  it("one attempts at a time, whoever else wakes up; the next takes over when it dies", async () => {
    world = await World.open();
    world.isFar = () => true;
    const tenant = await newTenant(world, [{ timeout_ms: 30_000 }]);
    const [first, second, third] = [world.newIsolate(), world.newIsolate(), world.newIsolate()];
    const gates: PromiseWithResolvers<Response>[] = [];
    world.answer = () => {
      const gate = Promise.withResolvers<Response>();
      gates.push(gate);
      return gate.promise;
    };
    const begun = async (count: number) => {
      while (gates.length < count) await scheduler.wait(1);
    };
    /** All that could lead anybody to this delivery: a copy of its message, the sweep, and what that sends. */
    const everybodyLooks = async (at: number, isolates: Isolate[]) => {
      const [delivery] = await deliveriesOf(world, tenant);
      for (const isolate of isolates) {
        world.put({ delivery: delivery?.delivery_id });
        await world.cron(isolate);
        await world.handOver(world.takeDue(), isolate);
      }
      expect(world.received, `attempts ${at / SECOND_MS} s after the claim`).toHaveLength(gates.length);
    };

    await sendEvent(world, tenant, githubPayload("push"));
    const working = world.handOver(world.takeDue(), first);
    await begun(1);
    for (const step of [1, 2, 3]) {
      world.advance(Math.floor(CLAIM.endWithinMs / 3));
      await everybodyLooks((step * CLAIM.endWithinMs) / 3, [second, third]);
      expect(gates, "nobody else attempts").toHaveLength(1);
    }
    gates[0]!.resolve(new Response("", { status: 500 }));
    await working;

    world.advance(10 * SECOND_MS);
    const dying = world.handOver(world.takeDue(), second);
    await begun(2);
    world.kill(second);
    await dying;
    world.advance(5 * MINUTE_MS);
    await world.cron(third);
    const rescue = world.handOver(world.takeDue(), third);
    await begun(3);
    await everybodyLooks(0, [first]);
    gates[2]!.resolve(new Response("ok"));
    await rescue;
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
    expect((await deliveriesOf(world, tenant))[0], "the dead one's attempt was never told").toMatchObject({
      attempt_count: 2,
    });
  });
});
