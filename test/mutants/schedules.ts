/** When something is tried, given up, stopped, gone on with, or told. */
import type { Mutant } from "./mutant.ts";

export const SCHEDULES: Mutant[] = [
  {
    id: "recovery-steps-while-others-are-held",
    file: "src/db/recoveries.ts",
    find: `
      WHERE NOT EXISTS (SELECT 1 FROM deliveries h WHERE h.destination = x.key AND \${IS_HELD})`,
    replace: "",
    tests: ["test/engine/recoveries.test.ts"],
  },
  {
    id: "recovery-wakes-no-destination",
    file: "src/deliveries/recoveries/recover.ts",
    find: "drainBegun: wakeRecovering(db, recoveryId, now),",
    replace: `drainBegun: wakeRecovering(db, "", now),`,
    tests: ["test/engine/recoveries.test.ts"],
  },
  {
    id: "recovery-takes-up-what-arrived",
    file: "src/db/recoveries.ts",
    find: "WHERE d.destination = r.destination AND d.state IN ('exhausted', 'discarded')",
    replace: "WHERE d.destination = r.destination",
    tests: ["test/engine/recoveries.test.ts"],
  },
  {
    id: "disabling-leaves-updated-at",
    file: "src/db/circuits.ts",
    find: "ELSE max(${now}, x.updated_at + 1)",
    replace: "ELSE x.updated_at",
    tests: ["test/engine/races.test.ts"],
  },
  {
    id: "paused-after-3-failures",
    file: "src/deliveries/circuit.ts",
    find: "PAUSE_AFTER_FAILURES = 10",
    replace: "PAUSE_AFTER_FAILURES = 3",
    tests: ["test/engine/isolation.test.ts"],
  },
  {
    id: "paused-after-a-day",
    file: "src/deliveries/circuit.ts",
    find: "PAUSE_AFTER_MS = 5 * 86_400_000",
    replace: "PAUSE_AFTER_MS = 86_400_000",
    tests: ["test/engine/isolation.test.ts"],
  },
  {
    id: "sweep-ends-at-the-first-empty-chunk",
    file: "src/deliveries/sweep.ts",
    find: "if (leased.length === 0 && wanted.deliveries.length === 0) return;",
    replace: "if (leased.length === 0) return;",
    tests: ["test/engine/claims.test.ts"],
  },
  {
    id: "sweep-trusts-a-stuck-queue",
    file: "src/deliveries/sweep.ts",
    find: "!sent || dueAt <= now - QUEUE_STUCK_AFTER_MS",
    replace: "!sent",
    tests: ["test/engine/faults.test.ts"],
  },
  {
    id: "expiry-without-statement-budget",
    file: "src/events/expire-events.ts",
    find: "while (step.more && chunksLeft > 0)",
    replace: "while (step.more)",
    tests: ["test/engine/retention.test.ts"],
  },
  {
    id: "expiry-takes-what-is-pending",
    file: "src/db/removals.ts",
    find: `AND d.state = 'pending' AND NOT (\${IS_PAUSED} AND d.lease IS NULL)`,
    replace: "AND false",
    tests: ["test/engine/retention.test.ts"],
  },
  {
    id: "alerts-of-one-account-never-again",
    file: "src/db/alert-events.ts",
    find: "r.account = a.account AND abs(${now} - r.raised_at) < ${apartMs}",
    replace: "r.account = a.account",
    tests: ["test/engine/alerts.test.ts"],
  },
  {
    id: "alerts-counted-again-with-their-record",
    file: "src/db/alerts.ts",
    find: `
        AND d.state = 'pending' AND d.lease = r.lease`,
    replace: "",
    tests: ["test/engine/alerts.test.ts"],
  },
  {
    id: "statistics-count-twice",
    file: "src/db/stats.ts",
    find: "WHERE NOT ${IS_KEPT}",
    replace: "WHERE true",
    tests: ["test/engine/faults.test.ts"],
  },
  {
    id: "jitter-of-half",
    file: "src/deliveries/backoff.ts",
    find: "JITTER = 0.2",
    replace: "JITTER = 0.5",
    tests: ["test/unit/deliveries.test.ts"],
  },
  {
    id: "retry-after-shortens",
    file: "src/deliveries/backoff.ts",
    find: "Math.max(jittered, retryAfterMs ?? 0)",
    replace: "retryAfterMs ?? jittered",
    tests: ["test/unit/deliveries.test.ts"],
  },
  {
    id: "one-part-of-the-cron-stops-the-others",
    file: "src/cron/every-minute.ts",
    find: "errors.push(error);",
    replace: "throw error;",
    tests: ["test/engine/faults.test.ts"],
  },
];
