const MOST_MESSAGE_LENGTH = 500;
const MOST_STACK_LENGTH = 2_000;

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

let lowest: LogLevel = "info";

/** From which level on this isolate writes lines; faults are written at every level. */
export function setLogLevel(level: LogLevel): void {
  lowest = level;
}

/**
 * One wide JSON line per unit of work. Never a payload, a token, a secret, a header's value or a query string.
 *
 * @param event what happened, `noun.verb`: `event.accepted`, `batch.finished`, `sweep.finished`
 */
export function log(event: string, fields: Record<string, unknown>, level: Exclude<LogLevel, "error"> = "info"): void {
  if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest)) return;
  console[level](JSON.stringify({ event, ...fields }));
}

/** The same for a fault of ours, with its cause. */
export function logFault(event: string, error: unknown, fields: Record<string, unknown> = {}): void {
  const fault = error instanceof Error ? error : new Error(String(error));
  const { name, message, stack, cause } = fault;
  console.error(
    JSON.stringify({
      event,
      ...fields,
      error: name,
      message: withoutValues(message),
      cause: cause instanceof Error ? withoutValues(cause.message) : undefined,
      // A stack begins with the message.
      stack: stack?.replace(message, "").slice(0, MOST_STACK_LENGTH),
    }),
  );
}

/** Drizzle puts the parameters of a query that failed into its message: e-mails, URLs, payloads. */
function withoutValues(message: string): string {
  return message.replace(/\nparams: .*/s, "").slice(0, MOST_MESSAGE_LENGTH);
}
