/**
 * D1 says in words what went wrong; these are Cloudflare's published ones.
 * https://developers.cloudflare.com/d1/observability/debug-d1/
 */
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

/** Whether the database was not able to answer at all, as opposed to refusing what it was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const text = messageChain(error);
  return !REFUSED.some((words) => text.includes(words));
}

/** Whether it was the database that failed, whatever it said. */
export function isDatabaseFailure(error: unknown): boolean {
  return /D1_ERROR|D1 DB|Network connection lost/.test(messageChain(error)) && isDatabaseUnavailable(error);
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
