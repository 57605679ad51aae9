/**
 * D1 says in words what went wrong; these are Cloudflare's published ones.
 * https://developers.cloudflare.com/d1/observability/debug-d1/
 */
const OF_DATABASE = [
  "D1_ERROR",
  // reset, overloaded, out of time, memory or CPU, "Cannot resolve D1 DB due to transient issue on remote node"
  "D1 DB",
  "Network connection lost",
  "storage caused object to be reset",
  "reset because its code was updated",
];

/** It answered, and the answer is no: the same statement gets it again. */
const REFUSED = [
  "UNIQUE constraint failed",
  "FOREIGN KEY constraint failed",
  "NOT NULL constraint failed",
  "CHECK constraint failed",
  "SQLITE_ERROR",
  "SQLITE_MISMATCH",
  "SQLITE_TOOBIG",
  "D1_TYPE_ERROR",
  "string or blob too big",
];

/**
 * Whether the database was not able to answer, so that asking again later may help; false where it refused what it was
 * asked, and for whatever did not come from it, such as a bug of ours.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  const text = messageChain(error);
  return OF_DATABASE.some((words) => text.includes(words)) && !REFUSED.some((words) => text.includes(words));
}

/** The column that a UNIQUE constraint refused (`accounts.email_key`), or null when the error is another one. */
export function uniqueViolation(error: unknown): string | null {
  return /UNIQUE constraint failed: ([\w.]+)/.exec(messageChain(error))?.[1] ?? null;
}

/** Drizzle wraps what D1 threw, except in a batch. */
function messageChain(error: unknown): string {
  const parts: string[] = [];
  for (let e = error; e instanceof Error && parts.length < 5; e = e.cause) parts.push(e.message);
  return parts.length > 0 ? parts.join(" <- ") : String(error);
}
