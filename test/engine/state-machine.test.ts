/**
 * Whatever happens to a delivery, in whatever order: it is in one state, and everything that is told of it agrees. A
 * failure prints the seed of its sequences; `SEED=… npx vitest run test/engine/state-machine.test.ts` repeats them.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { insist, newTenant, sendEvent, type Tenant } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

let world: World;
afterEach(() => world.close());

/** What can happen, each with how receivers answer meanwhile. */
const STEPS = [
  "send an event",
  "wait seconds",
  "wait minutes",
  "wait hours",
  "wait a day",
  "redeliver",
  "disable",
  "enable",
  "pause",
  "resume",
  "recover",
  "die while attempting",
  "lose the queue",
] as const;
const step = fc.record({
  what: fc.constantFrom(...STEPS),
  status: fc.constantFrom(200, 500, 500, 503, 410, 404),
});
const WAITS: Record<string, number> = {
  "wait seconds": 7 * SECOND_MS,
  "wait minutes": 3 * MINUTE_MS,
  "wait hours": 5 * HOUR_MS,
  "wait a day": DAY_MS,
};

type Step = { what: (typeof STEPS)[number]; status: number };

async function take(tenant: Tenant, { what, status }: Step, n: number): Promise<void> {
  const path = `/destinations/${tenant.destinations[0]!.id}`;
  const sent = world.received.length;
  world.answer = () => new Response("", { status });
  if (what === "send an event") await sendEvent(world, tenant, `{"n":${n}}`);
  if (what === "redeliver") {
    const last = await env.DB.prepare("SELECT max(event_id) AS id FROM events").first<string>("id");
    if (last) await insist(world, "POST", `/events/${last}/redeliveries`);
  }
  if (what === "disable") await insist(world, "DELETE", `${path}/activation`);
  if (what === "enable") await insist(world, "PUT", `${path}/activation`);
  if (what === "pause") await insist(world, "PUT", `${path}/pause`);
  if (what === "resume") await insist(world, "DELETE", `${path}/pause`);
  if (what === "recover") await insist(world, "POST", `${path}/recoveries`, { from: "2026-01-01T00:00:00Z" });
  if (what === "lose the queue") world.queue = [];
  if (what === "die while attempting") {
    world.fault = ({ name, side }) => (name === "fetch" && side === "after" ? "kill" : "none");
    await sendEvent(world, tenant, `{"n":${n}}`);
    world.fault = () => "none";
  }
  world.advance(WAITS[what] ?? 1);
  await world.minute();
  const isPaused = await env.DB.prepare("SELECT paused_at IS NOT NULL AS paused FROM destinations").first("paused");
  if (isPaused) expect(world.received.length, "nothing is sent to what is paused").toBe(sent);
}

type Row = {
  state: string;
  reason: string | null;
  next_attempt_at: number | null;
  not_before: number | null;
  attempt_count: number;
  numbers: string | null;
  successes: number;
  wake_at: number | null;
  paused_at: number | null;
};

/** What must hold of every row at every moment. */
async function expectSound(arrived: Set<string>): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT d.*, x.wake_at, x.paused_at, (SELECT json_group_array(number) FROM all_attempts a
       WHERE a.event_id = d.event_id AND a.destination = d.destination ORDER BY number) AS numbers,
       (SELECT count(*) FROM all_attempts a WHERE a.event_id = d.event_id AND a.outcome = 'success') AS successes
     FROM all_deliveries d JOIN destinations x ON x.key = d.destination`,
  ).all<Row & { event_id: string }>();
  for (const row of results) {
    const isHeld = row.state === "pending" && row.next_attempt_at === null;
    expect(["pending", "delivered", "exhausted", "discarded"]).toContain(row.state);
    expect(row.reason !== null, "a reason where it ended badly").toBe(/exhausted|discarded/.test(row.state));
    if (row.state !== "pending") expect(row.next_attempt_at, "nothing is due of what has ended").toBeNull();
    if (isHeld && row.paused_at === null) expect(row.wake_at, "what is held has a drain").not.toBeNull();
    if (isHeld) expect(row.not_before).not.toBeNull();
    if (row.state === "delivered") expect(row.successes).toBeGreaterThan(0);
    const numbers = Array.from({ length: row.attempt_count }, (_, i) => i + 1);
    expect(JSON.parse(row.numbers ?? "[]"), "attempts are numbered 1 to n").toEqual(numbers);
    if (arrived.has(row.event_id)) expect(row.successes, "a success stays").toBeGreaterThan(0);
    if (row.successes > 0) arrived.add(row.event_id);
  }
}

it.each([
  ["with a queue", {}],
  ["without one", NO_QUEUE],
])(
  "any sequence of happenings, %s, leaves every delivery in one state, and on its way or ended",
  async (_how, settings) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        world?.close();
        world = await World.open(settings);
        const tenant = await newTenant(world, [{ retry_schedule: [5, 60] }]);
        const arrived = new Set<string>();
        for (const [n, one] of steps.entries()) {
          await take(tenant, one, n);
          await expectSound(arrived);
        }
        world.answer = () => new Response("ok");
        await insist(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/pause`);
        await world.runToRest(2 * DAY_MS, HOUR_MS);
        await expectSound(arrived);
        expect(await world.pending(), "all is quiet in the end").toBe(await stoppedRecoveries());
      }),
      { numRuns: 25, ...(env.SEED !== "" && { seed: Number(env.SEED) }) },
    );
  },
  120_000,
);

/** A recovery of a destination that was disabled waits for it. */
async function stoppedRecoveries(): Promise<number> {
  return (
    (await env.DB.prepare(
      "SELECT count(*) AS n FROM recoveries r JOIN destinations x ON x.key = r.destination WHERE r.state = 'running' AND NOT x.enabled",
    ).first<number>("n")) ?? 0
  );
}
