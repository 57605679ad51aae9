/**
 * One wide JSON line per unit of work. Never a payload, a token, a secret, a header's value or a query string.
 *
 * @param event what happened, `noun.verb`: `event.accepted`, `delivery.attempted`, `sweep.finished`
 */
export function log(event: string, fields: Record<string, unknown>): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** The same for what went wrong on our side. */
export function logFault(event: string, error: unknown, fields: Record<string, unknown> = {}): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  console.error(
    JSON.stringify({ event, ...fields, error: name, message: message.slice(0, 500), stack: stack?.slice(0, 2000) }),
  );
}
