/**
 * D1 reports errors as text; these are the messages that Cloudflare documents.
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

/** The database refused the statement, and will refuse it again. */
const REFUSED = [
  "UNIQUE constraint failed",
  "FOREIGN KEY constraint failed",
  "NOT NULL constraint failed",
  "CHECK constraint failed",
  "SQLITE_CONSTRAINT",
  "SQLITE_ERROR",
  "SQLITE_MISMATCH",
  "SQLITE_TOOBIG",
  "D1_TYPE_ERROR",
  "string or blob too big",
];

/**
 * Whether the database could not answer, so that trying again later may help; false where it refused the statement, and
 * for errors that are not its own, such as a bug of ours.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  const text = messageChain(error);
  return OF_DATABASE.some((words) => text.includes(words)) && !REFUSED.some((words) => text.includes(words));
}

/** The column whose UNIQUE constraint failed (`accounts.email_key`); null for any other error. */
export function uniqueViolation(error: unknown): string | null {
  return /UNIQUE constraint failed: ([\w.]+)/.exec(messageChain(error))?.[1] ?? null;
}

/** Whether the database has no room left: it may still take what needs none. */
export function isDatabaseFull(error: unknown): boolean {
  return /database or disk is full|SQLITE_FULL|maximum DB size/i.test(messageChain(error));
}

/** Drizzle wraps what D1 threw, except in a batch. */
function messageChain(error: unknown): string {
  const parts: string[] = [];
  for (let e = error; e instanceof Error && parts.length < 5; e = e.cause) parts.push(e.message);
  return parts.length > 0 ? parts.join(" <- ") : String(error);
}
