/** A destination that is paused: what waits, who ends it, and what goes out then. */
import type { Mutant } from "./mutant.ts";

const ACTIVATION = { file: "src/destinations/activation.ts" };
const PAUSE = { ...ACTIVATION, tests: ["test/api/pause.test.ts"] };

export const PAUSES: Mutant[] = [
  {
    id: "tenants-pause-discards",
    file: "src/vocabulary/states.ts",
    find: `["paused_by_user", "paused_by_operator", "failing"`,
    replace: `["paused_by_operator", "failing"`,
    tests: ["test/db/routes.test.ts"],
  },
  {
    id: "retry-held-by-a-pause-goes-last",
    file: "src/db/engine/routes.ts",
    find: "CASE WHEN ${IS_PAUSED} THEN ${NEVER_ATTEMPTED}",
    replace: "CASE WHEN false THEN ${NEVER_ATTEMPTED}",
    tests: ["test/engine/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "resumed-circuit-is-closed",
    find: "if (!isPausedByPerson(stored)) return NO_HISTORY;",
    replace: "return NO_HISTORY;",
    tests: ["test/engine/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "pause-counts-as-failing",
    find: "stored.failingSince === null ? {} : { failingSince: now }",
    replace: "{}",
    tests: ["test/engine/pause.test.ts"],
  },
  {
    id: "suspension-counts-as-failing",
    file: "src/db/accounts.ts",
    find: "failing_since = CASE WHEN failing_since IS NOT NULL THEN ${now} END,",
    replace: "failing_since = failing_since,",
    tests: ["test/engine/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "resume-waits-for-the-next-event",
    find: "wakeAt: now, pausedAt: null, disabledReason: null }",
    replace: "pausedAt: null, disabledReason: null }",
    tests: ["test/engine/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "tenant-ends-the-operators-pause",
    find: ` || disabledReason === "paused_by_operator"`,
    replace: "",
    tests: ["test/api/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "resumed-while-its-account-is-suspended",
    find: "if (enabled && accountSuspendedAt !== null)",
    replace: "if (false)",
    tests: ["test/api/pause.test.ts"],
  },
  {
    file: "src/destinations/change-destination.ts",
    id: "unfit-destination-cannot-be-paused",
    find: "(stored.unreadable === null && !paused)",
    replace: "stored.unreadable === null",
    tests: ["test/api/pause.test.ts"],
  },
  {
    ...ACTIVATION,
    id: "edit-of-a-paused-destination-disables-it",
    find: "!enabled && pauseReasonOf(stored) !== null && Object.keys(others).length === 0",
    replace: "!enabled && pauseReasonOf(stored) !== null",
    tests: ["test/api/pause.test.ts"],
  },
  {
    id: "resumed-just-as-its-account-is-suspended",
    file: "src/db/destinations.ts",
    find: `"enabled" in change && change.enabled ? OF_ACTIVE_ACCOUNT : undefined`,
    replace: "undefined",
    tests: ["test/api/pause.test.ts"],
  },
  {
    ...PAUSE,
    id: "pause-that-is-repeated-begins-anew",
    find: `reason === null || reason === "account_suspended" ?`,
    replace: "true ?",
  },
  {
    ...PAUSE,
    id: "pause-ends-with-a-suspension",
    find: ` || reason === "account_suspended"`,
    replace: "",
  },
  {
    ...PAUSE,
    id: "resume-enables-what-is-disabled",
    find: "pauseReasonOf(stored) === null ? {} : { enabled: true }",
    replace: "{ enabled: stored !== null }",
  },
  {
    id: "paused-delivery-is-due-since-1970",
    file: "src/db/deliveries.ts",
    find: "WHEN ${IS_PAUSED} AND ${d}.lease IS NULL THEN NULL",
    replace: "",
    tests: ["test/dashboard/pause.test.ts"],
  },
  {
    id: "paused-delivery-is-due-next",
    file: "src/db/deliveries.ts",
    find: " AND ${IS_PAUSED} IS NOT 1",
    replace: "",
    tests: ["test/dashboard/pause.test.ts"],
  },
  {
    id: "gateways-pause-has-no-beginning",
    file: "src/db/engine/circuits.ts",
    find: "CASE c.disabled_reason WHEN 'failing' THEN ${now} ELSE x.paused_at END",
    replace: "x.paused_at",
    tests: ["test/db/circuits.test.ts"],
  },
  {
    id: "removed-destination-counts-as-paused",
    file: "src/db/destinations.ts",
    find: "enabled: false, pausedAt: null, ",
    replace: "enabled: false, ",
    tests: ["test/api/pause.test.ts"],
  },
];
