/** How many events a run removes, by how fast the database is. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { inChunks } from "../../src/db/upkeep/in-chunks";

const MINUTE_S = 60;
/** Measured: an event with three deliveries and 9 KB of payload, see docs/decisions/removal-in-chunks.md. */
const EVENT_MS = 0.04;

afterEach(() => void vi.restoreAllMocks());

/** A run on an endless backlog: what it removes in each chunk, and how long that is on the clock. */
async function run(mostTrips: number, { eventMs = EVENT_MS, wayMs = 0 } = {}) {
  const chunks: number[] = [];
  let clock = 1_000_000;
  let pausedMs = 0;
  vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
    clock += ms;
    pausedMs += ms;
  });
  const trips = await inChunks(
    () => clock,
    mostTrips,
    async (chunk) => {
      chunks.push(chunk);
      clock += chunk * eventMs + wayMs;
      return { more: true, answers: [{ meta: { duration: chunk * eventMs } }] };
    },
  );
  const events = chunks.reduce((sum, chunk) => sum + chunk, 0);
  return { trips, chunks, pausedMs, ms: clock - 1_000_000, perSecond: events / MINUTE_S };
}

describe("a run that removes events", () => {
  it("with the trips of the Free plan keeps up with several hundred a second, with those of the paid one with thousands", async () => {
    expect((await run(25)).perSecond).toBeGreaterThan(500);
    expect((await run(900)).perSecond).toBeGreaterThan(2_000);
  });

  it("a long way to the database slows it down, and makes no smaller chunks", async () => {
    const far = await run(900, { wayMs: 300 });
    expect(Math.max(...far.chunks)).toBe(Math.max(...(await run(900)).chunks));
    expect(far.perSecond).toBeGreaterThan(800);
  });

  it("is over before the next one begins, however slow the database is", async () => {
    for (const eventMs of [0.001, 0.05, 1, 50]) expect((await run(900, { eventMs })).ms).toBeLessThan(30_000);
    expect((await run(900)).ms).toBeGreaterThan(10_000);
  });

  it("keeps the database busy for 60 ms at a time, with events of any size", async () => {
    for (const eventMs of [0.05, 0.2, 1]) {
      const { chunks } = await run(30, { eventMs });
      for (const chunk of chunks.slice(1)) expect(chunk * eventMs).toBeLessThanOrEqual(60);
      expect((chunks.at(-1) ?? 0) * eventMs).toBeGreaterThan(45);
    }
  });

  it("leaves the database to others for as long as it takes it", async () => {
    const { ms, pausedMs } = await run(100);
    expect(pausedMs).toBeGreaterThan(0.45 * ms);
  });

  it("asks no more often than it may, and once where there is no more", async () => {
    expect((await run(7)).trips).toBe(7);
    expect((await run(0)).trips).toBe(0);
    expect(await inChunks(Date.now, 7, async () => ({ more: false, answers: [] }))).toBe(1);
  });
});
