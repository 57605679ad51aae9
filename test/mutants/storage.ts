/** What is counted, who gives way, and what is kept of whom. */
import type { Mutant } from "./mutant.ts";

const COUNT = { file: "src/db/upkeep/stored-bytes.ts", tests: ["test/engine/storage.test.ts"] };
const LETTERS = { file: "src/db/dead-letters.ts", tests: ["test/engine/dead-letters.test.ts"] };
const TOKENS = { file: "src/events/known-tokens.ts", tests: ["test/engine/known-tokens.test.ts"] };
const ANEW = { file: "src/queue/come-again.ts", tests: ["test/engine/dead-letters.test.ts"] };

export const STORAGE: Mutant[] = [
  { ...COUNT, id: "rowids-given-away-again-not-counted", find: "WHERE counted_to > ${LAST}", replace: "WHERE false" },
  { ...COUNT, id: "uncounted-events-subtracted", find: "AND rowid <= ${COUNTED_TO} GROUP", replace: "GROUP" },
  {
    ...COUNT,
    id: "pending-events-give-way",
    find: "WHERE NOT EXISTS (SELECT 1 FROM all_deliveries d WHERE d.event_id = e.event_id AND d.state = 'pending')",
    replace: "",
  },
  { ...COUNT, id: "more-gives-way-than-it-takes", find: "WHERE bytes_before < ${bytes}", replace: "WHERE true" },
  { ...COUNT, id: "everyone-gives-way", find: "AND a.stored_bytes * s.accounts >= s.bytes", replace: "" },
  {
    ...COUNT,
    id: "refused-for-ever",
    file: "src/events/share-storage.ts",
    find: "else if (counted.state[0]?.anyFull)",
    replace: "else if (false)",
  },
  {
    ...COUNT,
    id: "promised-event-refused",
    file: "src/db/events.ts",
    find: "${promised ? sql`` : sql`AND NOT a.storage_full",
    replace: "${promised ? sql`AND NOT a.storage_full AND a.suspended_at IS NULL` : sql`AND NOT a.storage_full",
  },
  {
    ...COUNT,
    id: "full-account-accepted",
    file: "src/db/events.ts",
    find: "AND NOT a.storage_full AND a.suspended_at IS NULL",
    replace: "AND a.suspended_at IS NULL",
  },
  {
    ...COUNT,
    id: "full-account-queued",
    file: "src/events/accept.ts",
    find: `standing !== "storage_full" && `,
    replace: "",
  },
  {
    ...LETTERS,
    id: "dead-letter-of-a-dead-token",
    find: "WHERE value ->> 'tokenHash' IS NULL OR t.account IS NOT NULL",
    replace: "WHERE true",
  },
  { ...LETTERS, id: "dead-letters-without-bound", find: "WHERE bytes_after >= ${mostBytes}", replace: "WHERE false" },
  {
    ...LETTERS,
    id: "dead-letters-of-a-removed-account",
    file: "src/db/upkeep/removals.ts",
    find: "JOIN dead_letters l ON l.account = a.id",
    replace: "JOIN dead_letters l ON false",
  },
  {
    ...TOKENS,
    id: "own-changes-of-tokens-overlooked",
    find: "if (this.#changes !== asOf) this.#live.clear();",
    replace: "",
  },
  { ...TOKENS, id: "tokens-known-for-ever", find: "< KNOWN_FOR_MS", replace: "< Infinity" },
  { ...TOKENS, id: "token-known-beyond-its-end", find: "now < (known.expiresAt ?? Infinity)", replace: "true" },
  {
    ...TOKENS,
    id: "token-remembered-after-a-change",
    find: "if (asOf === changes.count) this",
    replace: "this",
  },
  { ...TOKENS, id: "tokens-without-bound", find: "if (this.#live.size <= MOST_KNOWN) return;", replace: "return;" },
  {
    ...ANEW,
    id: "retries-used-up",
    find: "if (attempts < ANEW_AFTER_ATTEMPTS) return false;",
    replace: "return false;",
  },
  { ...ANEW, id: "begun-anew-for-ever", find: "< ACCEPTED_WAITS_MS", replace: "< Infinity" },
];
