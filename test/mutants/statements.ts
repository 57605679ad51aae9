/** What the tables of test/db say of each decision that is made in SQL. */
import type { Mutant } from "./mutant.ts";

const CIRCUITS = { file: "src/db/engine/circuits.ts", tests: ["test/db/circuits.test.ts"] };
const TRANSITIONS = { file: "src/db/engine/records.ts", tests: ["test/db/transitions.test.ts"] };
const RELEASES = { file: "src/db/engine/records.ts", tests: ["test/db/releases.test.ts"] };
const ROUTES = { file: "src/db/engine/routes.ts", tests: ["test/db/routes.test.ts"] };
const CLAIMS = { file: "src/db/engine/claims.ts", tests: ["test/db/routes.test.ts"] };
const FRESH = { file: "src/db/engine/flights.ts", tests: ["test/db/routes.test.ts", "test/db/flights.test.ts"] };
const LANDING = { file: "src/db/engine/flights.ts", tests: ["test/db/flights.test.ts"] };
const ARRIVALS = { file: "src/db/engine/arrivals.ts", tests: ["test/db/arrivals.test.ts"] };
const PARTED = { file: "src/deliveries/recording/arrivals.ts", tests: ["test/unit/arrivals.test.ts"] };
const DRAINS = { file: "src/db/engine/drains.ts", tests: ["test/db/drains.test.ts"] };

export const STATEMENTS: Mutant[] = [
  {
    ...CIRCUITS,
    id: "success-counts-on",
    find: "CASE WHEN r.succeeded THEN 0 ELSE x.consecutive_failures END",
    replace: "x.consecutive_failures",
  },
  {
    ...CIRCUITS,
    id: "success-of-a-closed-circuit-is-written",
    find: " OR x.consecutive_failures > 0",
    replace: " OR true",
  },
  {
    ...CIRCUITS,
    id: "circuit-opens-a-failure-late",
    find: "opensAt(limits, sql`c.failures`,",
    replace: "opensAt(limits, sql`c.failures - 1`,",
  },
  {
    ...CIRCUITS,
    id: "failing-since-its-last-failure",
    find: "WHEN c.succeeded OR c.failing_since IS NULL THEN",
    replace: "WHEN c.failures > 0 THEN",
  },
  {
    ...CIRCUITS,
    id: "probe-without-least-wait",
    find: "max(${now} - c.since, ${probeWaitMs.least})",
    replace: "${now} - c.since",
  },
  { ...CIRCUITS, id: "paused-by-time-alone", find: "c.failures >= ${pauseAfterFailures} AND ", replace: "" },
  { ...CIRCUITS, id: "paused-by-count-alone", find: " AND ${now} - c.since >= ${pauseAfterMs}", replace: "" },
  {
    ...CIRCUITS,
    id: "disabled-again-by-another-reason",
    find: "WHEN NOT c.enabled THEN NULL",
    replace: "WHEN false THEN NULL",
  },
  {
    ...CIRCUITS,
    id: "held-stays-where-destination-is-disabled",
    find: "WHEN c.disabled_reason = 'gone'       THEN ${now}",
    replace: "WHEN c.disabled_reason = 'gone'       THEN x.wake_at",
  },
  { ...CIRCUITS, id: "failed-probe-is-repeated-at-once", find: "THEN ${now} + c.probe_wait", replace: "THEN ${now}" },
  {
    ...CIRCUITS,
    id: "drain-ends-after-one-chunk",
    find: "WHEN c.was_held                      THEN ${now}",
    replace: "WHEN c.was_held                      THEN x.wake_at",
  },
  {
    ...CIRCUITS,
    id: "closed-circuit-drains-late",
    find: "WHEN c.was_open AND NOT c.is_open     THEN ${now}",
    replace: "WHEN false THEN ${now}",
  },
  { ...TRANSITIONS, id: "lost-lease-decides", find: "(r.state = 'delivered' OR d.lease IS r.lease)", replace: "true" },
  {
    ...TRANSITIONS,
    id: "late-success-is-lost",
    find: "(r.state = 'delivered' OR d.lease IS r.lease)",
    replace: "d.lease IS r.lease",
  },
  { ...TRANSITIONS, id: "delivered-is-undone", find: "d.state <> 'delivered' AND ", replace: "" },
  {
    ...TRANSITIONS,
    id: "arrived-is-routed",
    find: "CASE r.state WHEN 'pending' THEN ${route(limits)} END",
    replace: "${route(limits)}",
  },
  { ...TRANSITIONS, id: "retry-is-not-held", find: "CASE route WHEN 'hold' THEN r.held_until END", replace: "NULL" },
  { ...TRANSITIONS, id: "held-is-due-too", find: "CASE route WHEN 'send' THEN r.due_at END", replace: "r.due_at" },
  { ...TRANSITIONS, id: "attempt-is-kept-twice", find: " AND NOT ${IS_KEPT}", replace: "" },
  {
    ...RELEASES,
    id: "release-of-anothers-lease",
    find: "WHERE d.state = 'pending' AND d.lease = r.lease",
    replace: "WHERE d.state = 'pending'",
  },
  {
    ...RELEASES,
    id: "release-of-what-has-ended",
    find: "WHERE d.state = 'pending' AND d.lease = r",
    replace: "WHERE d.lease = r",
  },
  {
    ...ROUTES,
    id: "disabled-is-sent",
    find: "WHEN ${IS_DISCARDED} THEN 'discard'",
    replace: "WHEN false THEN 'discard'",
  },
  {
    ...ROUTES,
    id: "hold-goes-before-discard",
    find: "(x.key IS NULL OR (NOT x.enabled AND NOT ${IS_PAUSED}))",
    replace: "(x.key IS NULL OR (NOT x.enabled AND NOT ${IS_PAUSED} AND x.consecutive_failures < 5))",
  },
  { ...ROUTES, id: "open-circuit-is-sent", find: "${IS_PAUSED} OR ${isOpen(limits)}", replace: "${IS_PAUSED}" },
  {
    ...ROUTES,
    id: "removed-is-called-disabled",
    find: "x.key IS NULL OR x.removed_at IS NOT NULL",
    replace: "x.key IS NULL",
  },
  {
    ...CLAIMS,
    id: "claim-without-number",
    find: "FROM due c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.place <= ${limits.mostDeliveries} AND c.bytes_before < ${limits.mostBytes}",
    replace:
      "FROM due c\n    WHERE d.event_id = c.event_id AND d.destination = c.destination\n      AND c.bytes_before < ${limits.mostBytes}",
  },
  {
    ...CLAIMS,
    id: "claim-goes-by-time-alone",
    find: "WINDOW in_order AS (ORDER BY turn, next_attempt_at",
    replace: "WINDOW in_order AS (ORDER BY next_attempt_at",
  },
  { ...CLAIMS, id: "destinations-take-no-turns", find: "ORDER BY cost, of_destination,", replace: "ORDER BY cost," },
  { ...CLAIMS, id: "usually-slow-is-not-last", find: "x.usual_duration_ms > 0 OR ", replace: "" },
  {
    ...CLAIMS,
    id: "slow-now-is-not-last",
    find: " OR x.key IN (SELECT value FROM json_each(${JSON.stringify(limits.slowNow)}))",
    replace: "",
  },
  { ...CLAIMS, id: "fast-retry-is-not-first", find: "ELSE d.attempt_count = 0", replace: "ELSE 0" },
  { ...CLAIMS, id: "claim-holds-what-nobody-named", find: "WHERE ${route(limits)} <> 'hold'", replace: "WHERE true" },
  { ...FRESH, id: "removed-gets-fresh-deliveries", find: " AND x.removed_at IS NULL\n", replace: "\n" },
  {
    ...FRESH,
    id: "first-lease-of-all-events-in-one",
    find: "PARTITION BY coalesce(${name}, event_id)",
    replace: "PARTITION BY ${name}",
  },
  { ...FRESH, id: "held-takes-off", find: "FROM (${fresh}) WHERE route = 'send'", replace: "FROM (${fresh})" },
  {
    ...FRESH,
    id: "takes-off-again",
    find: "\n        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.event_id AND d.destination = x.key)",
    replace: "",
  },
  {
    ...FRESH,
    id: "row-for-what-is-in-flight",
    find: "AND NOT EXISTS (SELECT 1 FROM flights f WHERE f.event_id = e.event_id AND ${goesTo(sql`x.key`)})",
    replace: "",
  },
  {
    ...LANDING,
    id: "flight-ends-with-its-first-delivery",
    find: "WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = flights.event_id",
    replace: "WHERE false AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = flights.event_id",
  },
  {
    ...LANDING,
    id: "lands-before-its-lease-ends",
    find: "FROM flights WHERE due_at <= ${now} OR due_at > ${latest} ORDER",
    replace: "FROM flights ORDER",
  },
  { ...LANDING, id: "one-event-lands-in-the-air", find: "${eventId} AND due_at <= ${now}`", replace: "${eventId}`" },
  {
    ...LANDING,
    id: "landed-without-rows",
    find: "FROM (${IN_FLIGHT}) l WHERE l.event_id",
    replace: "FROM (${IN_FLIGHT}) l WHERE false AND l.event_id",
  },
  {
    ...TRANSITIONS,
    id: "first-attempt-is-not-kept",
    find: "(d.attempt_count = 0 AND d.first_outcome IS NULL)",
    replace: "(false)",
  },
  {
    ...TRANSITIONS,
    tests: ["test/db/flights.test.ts"],
    id: "second-attempt-in-place-of-the-first",
    find: "(d.attempt_count = 0 AND d.first_outcome IS NULL)",
    replace: "(true)",
  },
  {
    ...TRANSITIONS,
    tests: ["test/engine/wiping.test.ts"],
    id: "first-answer-to-a-wiped-event-is-kept",
    find: "${unlessWiped(sql`r.response_body`)} AS r_response_body",
    replace: "r.response_body AS r_response_body",
  },
  { ...DRAINS, id: "open-circuit-drains", find: "WHERE NOT x.circuit_open", replace: "WHERE true" },
  { ...DRAINS, id: "probe-before-its-time", find: "AND h.not_before <= ${now} ORDER", replace: "ORDER" },
  { ...DRAINS, id: "probe-always-the-oldest", find: "x.consecutive_failures % 2 AS", replace: "1 AS" },
  { ...DRAINS, id: "attempted-before-never-attempted", find: "coalesce(fresh_id, ready_id)", replace: "ready_id" },
  {
    ...ROUTES,
    id: "pause-discards",
    file: "src/vocabulary/states.ts",
    find: `"paused_by_operator", "failing", "account_suspended"]`,
    replace: `"paused_by_operator", "account_suspended"]`,
  },
  {
    ...CIRCUITS,
    id: "usual-runs-not-learnt",
    find: "x.consecutive_failures + r.leading_failures + 1, r.inner_failures + 1",
    replace: "1",
  },
  {
    ...DRAINS,
    id: "held-is-discarded-where-enabled",
    find: "x.key = j.value AND ${IS_DISCARDED}",
    replace: "x.key = j.value",
  },
  {
    ...DRAINS,
    id: "next-drain-forgets-what-is-leased",
    find: "WHEN ${leasedNow} THEN ${lease.until}",
    replace: "WHEN false THEN ${lease.until}",
  },
  { ...DRAINS, id: "next-drain-in-the-past", find: "max(min(h.not_before), ${now})", replace: "min(h.not_before)" },
  {
    ...DRAINS,
    id: "drain-begins-anew",
    find: "(wake_at IS NULL OR wake_at > ${now + probeWithinMs})",
    replace: "true",
  },
  { ...ARRIVALS, id: "arrival-under-any-lease", find: " AND f.lease = f.event_id", replace: "" },
  { ...ARRIVALS, id: "arrival-ends-no-failures", find: "x.consecutive_failures > 0 OR ", replace: "" },
  { ...ARRIVALS, id: "arrival-forgets-no-bad-times", find: " OR x.attempts_per_success > 1", replace: "" },
  {
    ...PARTED,
    id: "arrivals-apart-from-their-failures",
    find: "=> !others.has(leased.destination)",
    replace: "=> true || others.has(leased.destination)",
  },
  { ...PARTED, id: "arrivals-again-in-short", find: "again || !isSimple(one)", replace: "!isSimple(one)" },
  {
    id: "what-is-left-is-not-recorded",
    file: "src/deliveries/recording/record.ts",
    find: "if (left.length === 0) return together(recorded);",
    replace: "if (left.length >= 0) return together(recorded);",
    tests: ["test/engine/arrivals.test.ts"],
  },
  {
    id: "what-is-left-loses-its-neighbours",
    file: "src/deliveries/recording/record.ts",
    find: "recorded.push(written);",
    replace: "recorded.splice(0, 1, written);",
    tests: ["test/engine/arrivals.test.ts"],
  },
];
