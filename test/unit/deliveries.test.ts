import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt } from "../../src/attempts/attempt";
import { parseRetryAfter } from "../../src/attempts/outcome";
import type { LeasedDelivery } from "../../src/deliveries/leased-delivery";
import { backoff, DEFAULT_SCHEDULE_SECONDS } from "../../src/deliveries/recording/backoff";
import { reportCircuits } from "../../src/deliveries/recording/circuit";
import { transitionOf } from "../../src/deliveries/recording/transition";
import { ATTEMPT_OUTCOMES } from "../../src/vocabulary/states";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24);

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const schedule = fc.array(fc.integer({ min: 1, max: 86_400 }), { maxLength: 20 });
const retryAfter = fc.option(fc.integer({ min: 0, max: DAY_MS }));

describe("the backoff", () => {
  it("is that of the schedule, ±20 %, and never before what the receiver asked for", () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 25 }), retryAfter, random, (seconds, failures, asked, chance) => {
        const wait = backoff(failures, seconds, asked, chance);
        const planned = seconds[failures - 1];
        if (planned === undefined) return wait === null;
        if (wait === null) return false;
        const least = Math.max(planned * 800 - 1, asked ?? 0);
        const most = Math.max(planned * 1_200 + 1, asked ?? 0);
        return wait >= least && wait <= most && wait <= DAY_MS * 1.2;
      }),
    );
  });

  it("of the default grows with every failure, whatever the jitter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), random, random, (failures, one, other) => {
        const wait = backoff(failures, DEFAULT_SCHEDULE_SECONDS, null, one) ?? Number.NaN;
        const next = backoff(failures + 1, DEFAULT_SCHEDULE_SECONDS, null, other) ?? Number.NaN;
        const planned = (n: number) => (DEFAULT_SCHEDULE_SECONDS[n - 1] ?? 0) * 1000;
        return (
          planned(failures + 1) > planned(failures) &&
          next - wait > planned(failures + 1) * 0.8 - planned(failures) * 1.2 - 2
        );
      }),
    );
  });

  it("of the default is eleven attempts in about three days", () => {
    expect(DEFAULT_SCHEDULE_SECONDS).toHaveLength(10);
    expect(DEFAULT_SCHEDULE_SECONDS.reduce((sum, seconds) => sum + seconds) / 86_400).toBeCloseTo(3.15, 1);
    expect(backoff(11, DEFAULT_SCHEDULE_SECONDS, DAY_MS, 0.5)).toBeNull();
  });

  it("takes a Retry-After of any text for at most a day, and never for a time that has passed", () => {
    const dates = fc.date({ noInvalidDate: true }).map((date) => date.toUTCString());
    const texts = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String), dates);
    fc.assert(
      fc.property(texts, (text) => {
        const wait = parseRetryAfter(text, NOW);
        return wait === null || (wait >= 0 && wait <= DAY_MS);
      }),
    );
  });
});

const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    outcome: fc.constantFrom(...ATTEMPT_OUTCOMES),
    statusCode: fc.constantFrom(200, 204, 301, 404, 410, 429, 500, 503),
    retryAfterMs: retryAfter,
  })
  .map(({ outcome, statusCode, retryAfterMs }) => ({
    startedAt: NOW,
    durationMs: 1,
    outcome,
    statusCode: outcome === "success" ? 200 : outcome === "http_error" ? statusCode : null,
    retryAfterMs: outcome === "http_error" ? retryAfterMs : null,
    responseHeaders: null,
    responseBody: null,
    detail: null,
  }));

describe("what an attempt makes of its delivery", () => {
  const leased = fc
    .record({
      attemptsSoFar: fc.integer({ min: 0, max: 30 }),
      scheduleStart: fc.integer({ min: 0, max: 30 }),
      retrySchedule: fc.option(schedule),
      maxAttempts: fc.option(fc.integer({ min: 1, max: 21 })),
      kind: fc.constantFrom("test", null),
    })
    .map(({ attemptsSoFar, scheduleStart, retrySchedule, maxAttempts, kind }) => ({
      attemptCount: attemptsSoFar + scheduleStart,
      scheduleStart,
      target: { retrySchedule: retrySchedule && JSON.stringify(retrySchedule), maxAttempts },
      content: { kind },
    }));

  it("is one state, with a time only where it is due again and a reason only where it ended badly", () => {
    fc.assert(
      fc.property(leased, attempt, random, (delivery, made, chance) => {
        const { state, reason, nextAttemptAt } = transitionOf(delivery as unknown as LeasedDelivery, made, NOW, chance);
        expect(nextAttemptAt !== null, "due again").toBe(state === "pending");
        expect(reason !== null, "ended badly").toBe(state === "exhausted" || state === "discarded");
        expect(state === "delivered").toBe(made.outcome === "success");
        if (nextAttemptAt !== null) expect(nextAttemptAt).toBeGreaterThanOrEqual(NOW + (made.retryAfterMs ?? 0));
      }),
    );
  });

  it("ends after at most as many attempts as its destination allows", () => {
    fc.assert(
      fc.property(leased, attempt, random, (delivery, made, chance) => {
        const allowed = Math.min(
          delivery.content.kind === "test" ? 1 : Number.POSITIVE_INFINITY,
          delivery.target.maxAttempts ?? Number.POSITIVE_INFINITY,
          (delivery.target.retrySchedule ? JSON.parse(delivery.target.retrySchedule).length : 10) + 1,
        );
        const { state } = transitionOf(delivery as unknown as LeasedDelivery, made, NOW, chance);
        const used = delivery.attemptCount - delivery.scheduleStart + 1;
        return state !== "pending" || used < allowed;
      }),
    );
  });
});

describe("what attempts say of their destinations", () => {
  it("is one report each: the failures after its last success", () => {
    const ended = fc.array(
      fc.record({
        eventId: fc.constant("evt_1"),
        destination: fc.integer({ min: 1, max: 3 }),
        attemptsBefore: fc.constant(0),
        wasHeld: fc.boolean(),
        isTest: fc.boolean(),
        attempt,
      }),
    );
    fc.assert(
      fc.property(ended, (all) => {
        const reports = reportCircuits(all);
        expect(reports.map(({ destination }) => destination).sort()).toEqual(
          [...new Set(all.map(({ destination }) => destination))].sort(),
        );
        for (const report of reports) {
          const outcomes = all
            .filter((one) => one.destination === report.destination && !one.isTest)
            .map((one) => one.attempt.outcome);
          const counted = outcomes.filter((outcome) => outcome !== "unsendable");
          const failures = counted.length - 1 - counted.lastIndexOf("success");
          expect(report).toMatchObject({ trailingFailures: failures, succeeded: counted.includes("success") });
          expect(report.firstFailureAt !== null).toBe(failures > 0);
        }
      }),
    );
  });

  it.each<[string, number[], boolean]>([
    ["410 and then arrives is not gone", [410, 200], false],
    ["arrives and then 410 is gone", [200, 410], true],
    ["410 and then fails otherwise is gone", [410, 500], true],
    ["410, arrives, 410 is gone", [410, 200, 410], true],
  ])("one that answers %s", (_what, statuses, gone) => {
    const said = statuses.map((statusCode, i) => ({
      eventId: `evt_${i}`,
      destination: 1,
      attemptsBefore: 0,
      wasHeld: false,
      isTest: false,
      attempt: {
        startedAt: i,
        durationMs: 1,
        outcome: statusCode === 200 ? ("success" as const) : ("http_error" as const),
        statusCode,
        detail: null,
        responseHeaders: null,
        responseBody: null,
        retryAfterMs: null,
      },
    }));
    expect(reportCircuits(said)).toMatchObject([{ gone }]);
  });
});
