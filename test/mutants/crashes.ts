/** What the kill suites are there for: each in the engine, at every point in turn, and over HTTP with real deaths. */
import type { Mutant } from "./mutant.ts";

const ENGINE = "test/engine/kill-points.test.ts";
const OVER_HTTP = "test/e2e/kill.test.ts";

const BOTH: Omit<Mutant, "tests">[] = [
  {
    id: "answered-before-the-commit",
    file: "src/events/accept.ts",
    find: "const committed = await committing;",
    replace: `return { kind: "accepted", eventId: event.eventId, deliveries: 0, leased: [] };`,
  },
  {
    id: "attempted-thrice",
    file: "src/deliveries/slots/attempt-all.ts",
    find: "record.ended.push(await attemptOne(context, delivery, attempts));",
    replace:
      "record.ended.push([await attemptOne(context, delivery, attempts), await attemptOne(context, delivery, attempts), await attemptOne(context, delivery, attempts)][2]);",
  },
  {
    id: "successes-sent-again",
    file: "src/deliveries/recording/transition.ts",
    find: `if (attempt.outcome === "success") return`,
    replace: `if (attempt.outcome === "success" && leased.attemptCount > 0) return`,
  },
  {
    id: "given-up-at-once",
    file: "src/deliveries/recording/transition.ts",
    find: "const failures = leased.attemptCount - leased.scheduleStart + 1;",
    replace: "const failures = 99;",
  },
  {
    id: "sweep-asleep",
    file: "src/deliveries/sweep.ts",
    find: "if (overdue.length + drains.length === 0) return subrequests.asked;",
    replace: "if (overdue.length + drains.length < 1_000_000) return subrequests.asked;",
  },
  {
    id: "tried-again-at-once",
    file: "src/deliveries/recording/transition.ts",
    find: "nextAttemptAt: now + wait",
    replace: "nextAttemptAt: now",
  },
];

export const CRASHES: Mutant[] = [
  ...BOTH.map((mutant) => ({ ...mutant, tests: [ENGINE] })),
  ...BOTH.map((mutant) => ({ ...mutant, id: `${mutant.id}-over-http`, tests: [OVER_HTTP] })),
  {
    id: "lease-shorter-than-the-longest-attempt",
    file: "src/deliveries/deadlines.ts",
    find: "endWithinMs: 30_500, leaseMs: 60_000",
    replace: "endWithinMs: 30_500, leaseMs: 25_000",
    tests: [ENGINE],
  },
  {
    id: "first-lease-shorter-than-the-longest-attempt",
    file: "src/deliveries/deadlines.ts",
    find: "leaseMs: 45_000",
    replace: "leaseMs: 25_000",
    tests: ["test/engine/leases.test.ts"],
  },
];
