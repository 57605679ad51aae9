/** What must not be shown, called, read or kept. */
import type { Mutant } from "./mutant.ts";

export const PROTECTIONS: Mutant[] = [
  {
    id: "token-behind-bearer-is-shown",
    file: "src/security/masking.ts",
    find: `[value, value.slice(value.indexOf(" ") + 1)]`,
    replace: "[value]",
    tests: ["test/unit/masking.test.ts"],
  },
  {
    id: "6to4-bytes",
    file: "src/security/outbound-guard.ts",
    find: "bytes.slice(2, 6)",
    replace: "bytes.slice(12)",
    tests: ["test/unit/outbound-guard.test.ts"],
  },
  {
    id: "names-without-a-dot-may-be-called",
    file: "src/security/outbound-guard.ts",
    find: `!name.includes(".")`,
    replace: "name.length === 0",
    tests: ["test/unit/outbound-guard.test.ts"],
  },
  {
    id: "no-guard-before-an-attempt",
    file: "src/attempts/attempt.ts",
    find: "checkOutboundUrl(spec.url, { allowPrivate })",
    replace: "checkOutboundUrl(spec.url, { allowPrivate: true })",
    tests: ["test/unit/attempt.test.ts"],
  },
  {
    id: "redirects-are-followed",
    file: "src/attempts/attempt.ts",
    find: `redirect: "manual"`,
    replace: `redirect: "follow"`,
    tests: ["test/unit/attempt.test.ts"],
  },
  {
    id: "out-of-requests-is-the-receivers-fault",
    file: "src/attempts/attempt.ts",
    find: "if (isOutOfRequests(error)) throw error;",
    replace: "",
    tests: ["test/engine/leases.test.ts"],
  },
  {
    id: "edge-errors-are-answers",
    file: "src/attempts/outcome.ts",
    find: `return EDGE_OUTCOMES[status] ?? "http_error";`,
    replace: `return "http_error";`,
    tests: ["test/unit/outcome.test.ts"],
  },
  {
    id: "retry-after-without-limit",
    file: "src/attempts/outcome.ts",
    find: "Math.min(Math.max(waitMs, 0), RETRY_AFTER_LIMIT_MS)",
    replace: "Math.max(waitMs, 0)",
    tests: ["test/unit/deliveries.test.ts", "test/unit/outcome.test.ts"],
  },
  {
    id: "followers-of-a-dead-leader-wait-for-ever",
    file: "src/db/group-commit.ts",
    find: `return { kind: "lead" };`,
    replace: `return { kind: "failed", error: new Error("waited in vain") };`,
    tests: ["test/unit/group-commit.test.ts"],
  },
  {
    id: "token-that-has-ended-lets-in",
    file: "src/db/events.ts",
    find: "WHERE t.token_hash = ${event.tokenHash} AND (t.expires_at IS NULL OR t.expires_at > ${event.receivedAt})",
    replace: "WHERE t.token_hash = ${event.tokenHash}",
    tests: ["test/engine/faults.test.ts"],
  },
];
