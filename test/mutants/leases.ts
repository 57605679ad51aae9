/** Who holds a delivery, how much of it, and what becomes of it when the lease is over. */
import type { Mutant } from "./mutant.ts";

const LEASES_TEST = "test/engine/leases.test.ts";
const UNRECORDED_TEST = "test/engine/unrecorded.test.ts";
const CLAIMS_TEST = "test/engine/claims.test.ts";

export const LEASES: Mutant[] = [
  {
    id: "release-ignores-lease",
    file: "src/db/records.ts",
    find: " AND d.lease = j.value ->> 'lease'`",
    replace: "`",
    tests: [LEASES_TEST],
  },
  {
    id: "lease-of-30-s",
    file: "src/deliveries/deadlines.ts",
    find: "endWithinMs: 30_500, leaseMs: 60_000",
    replace: "endWithinMs: 30_500, leaseMs: 30_000",
    tests: [LEASES_TEST],
  },
  {
    id: "no-end-of-time-check",
    file: "src/deliveries/attempt-all.ts",
    find: " && now + delivery.target.timeoutMs <= deadline.endBy",
    replace: "",
    tests: [LEASES_TEST],
  },
  {
    id: "last-word-beats-success",
    file: "src/deliveries/record.ts",
    find: `if (kept.get(id)?.state !== "delivered") kept.set(id, transition);`,
    replace: "kept.set(id, transition);",
    tests: [LEASES_TEST],
  },
  {
    id: "late-failure-beats-success",
    file: "src/db/records.ts",
    find: "(d.state <> 'delivered' AND (c.state = 'delivered' OR d.lease IS c.lease))",
    replace: "(d.state <> 'delivered' OR d.lease IS NULL)",
    tests: ["test/engine/races.test.ts"],
  },
  {
    id: "redelivery-ignores-expired-leases",
    file: "src/db/claims.ts",
    find: "AND d.next_attempt_at - ${extension(sql`d.unrecorded`)} > ${now})",
    replace: ")",
    tests: [LEASES_TEST],
  },
  {
    id: "redelivery-takes-running-leases",
    file: "src/db/claims.ts",
    find: "WHERE NOT (d.state = 'pending' AND d.lease IS NOT NULL\n",
    replace: "WHERE NOT (false\n",
    tests: ["test/engine/races.test.ts"],
  },
  {
    id: "no-pause-after-own-fault",
    file: "src/deliveries/attempt-all.ts",
    find: "release(delivery, PAUSE_AFTER_FAULT_MS);",
    replace: "release(delivery, 0);",
    tests: [LEASES_TEST],
  },
  {
    id: "one-bad-record-fails-its-group",
    file: "src/deliveries/record.ts",
    find: "concernsAll: isDatabaseUnavailable",
    replace: "concernsAll: () => true",
    tests: [LEASES_TEST],
  },
  {
    id: "claim-of-due-without-byte-limit",
    file: "src/db/claims.ts",
    find: "FROM due c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}",
    replace:
      "FROM due c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.place <= ${limits.mostDeliveries}",
    tests: [CLAIMS_TEST],
  },
  {
    id: "claim-of-held-without-byte-limit",
    file: "src/db/claims.ts",
    find: "FROM ready c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}",
    replace:
      "FROM ready c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.place <= ${limits.mostDeliveries}",
    tests: [CLAIMS_TEST],
  },
  {
    id: "no-look-again",
    file: "src/queue/consume.ts",
    find: "if (claimed.full) await lookAgain(gateway, messages);",
    replace: "",
    tests: [CLAIMS_TEST],
  },
  {
    id: "removed-account-poisons-claims",
    file: "src/db/routes.ts",
    find: "(x.key IS NULL OR (NOT x.enabled AND NOT ${IS_PAUSED}))",
    replace: "(NOT x.enabled AND NOT ${IS_PAUSED})",
    tests: [CLAIMS_TEST],
  },
  {
    id: "healthy-first-dropped",
    file: "src/db/leases.ts",
    find: "ORDER BY event_id, consecutive_failures, usual",
    replace: "ORDER BY event_id, usual",
    tests: [CLAIMS_TEST],
  },
  {
    id: "fast-first-dropped",
    file: "src/db/leases.ts",
    find: "consecutive_failures, usual_duration_ms, destination)",
    replace: "consecutive_failures, destination)",
    tests: [CLAIMS_TEST],
  },
  {
    id: "slow-is-never-known",
    file: "src/deliveries/record.ts",
    find: "usualDurations.length === 0 ? null : ",
    replace: "usualDurations.length >= 0 ? null : ",
    tests: [CLAIMS_TEST],
  },
  {
    id: "claim-takes-what-is-not-due",
    file: "src/db/claims.ts",
    find: "WHERE d.state = 'pending' AND d.next_attempt_at <= ${now}",
    replace: "WHERE d.state = 'pending'",
    tests: ["test/engine/faults.test.ts", "test/engine/races.test.ts"],
  },
  {
    id: "refused-record-leaves-no-trace",
    file: "src/deliveries/record.ts",
    find: "return recordStates(context, dispatch);",
    replace: "return context.records.submit(dispatch);",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "attempt-that-was-not-kept-does-not-count",
    file: "src/db/records.ts",
    find: "max(d.attempt_count, c.attempts_before + 1, coalesce(",
    replace: "max(d.attempt_count, coalesce(",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "lease-in-vain-is-not-longer",
    file: "src/db/claims.ts",
    find: "THEN ${leaseEnd(lease, UNRECORDED)} END",
    replace: "THEN ${lease.until} END",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "probe-in-vain-is-not-longer",
    file: "src/db/claims.ts",
    find: "next_attempt_at = ${leaseEnd(lease, sql`d.unrecorded`)}",
    replace: "next_attempt_at = ${lease.until}",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "lease-in-vain-is-not-counted",
    file: "src/db/claims.ts",
    find: "(d.unrecorded + (d.lease IS NOT NULL))",
    replace: "(d.unrecorded)",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "record-does-not-end-the-count",
    file: "src/db/records.ts",
    find: "THEN 0                 ELSE d.unrecorded END",
    replace: "THEN d.unrecorded      ELSE d.unrecorded END",
    tests: [UNRECORDED_TEST],
  },
  {
    id: "long-lease-keeps-a-person-waiting",
    file: "src/db/claims.ts",
    find: "AND d.next_attempt_at - ${extension(sql`d.unrecorded`)} > ${now})",
    replace: "AND d.next_attempt_at > ${now})",
    tests: [UNRECORDED_TEST],
  },
];
