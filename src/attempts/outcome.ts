import type { AttemptOutcome } from "../vocabulary/states";

const RETRY_AFTER_LIMIT_MS = 24 * 60 * 60 * 1000;

/** Statuses of Cloudflare's edge for a receiver that gave no answer. */
const EDGE_OUTCOMES: Record<number, AttemptOutcome> = {
  520: "edge_error", // the origin's answer was empty or unreadable
  521: "connection", // refused
  522: "timeout", // no connection in time
  523: "connection", // unreachable
  524: "timeout", // connected, no answer in time
  525: "tls", // handshake failed
  526: "tls", // certificate not valid
  527: "edge_error", // Railgun, retired
  530: "edge_error", // see the 1xxx code in the body
};

/**
 * The outcome of an attempt that got this status. 2xx is success; 52x and 530 come from Cloudflare's edge and mean that
 * the receiver did not answer (in production, a name that does not resolve is a 530 with `error code: 1016`, no exception);
 * everything else, 3xx included, is the receiver's own answer.
 */
export function classifyAnswer(status: number, bodyText: string): AttemptOutcome {
  if (status >= 200 && status <= 299) return "success";
  if (status === 530 && /error code: (1016|1001)\b/i.test(bodyText)) return "dns";
  return EDGE_OUTCOMES[status] ?? "http_error";
}

/**
 * Statuses that are about this one request (RFC 9110, sections 15.5.1 to 15.5.21; 424, RFC 4918; 428 and
 * 431, RFC 6585): another event may well be accepted. All other failures are about the receiver itself.
 */
const ABOUT_THE_EVENT = new Set([400, 406, 409, 411, 412, 413, 414, 415, 416, 417, 422, 424, 428, 431]);

/** Whether the receiver has refused this event, which says nothing of its other events. */
export function isAboutTheEvent(statusCode: number | null): boolean {
  return statusCode !== null && ABOUT_THE_EVENT.has(statusCode);
}

/** A receiver that answers these is up, but asks for fewer requests. */
const OVERLOADED = new Set([429, 503]);

/** Whether the receiver itself has answered, and not that it is overloaded: trying again soon does no harm. */
export function isAnswered(outcome: AttemptOutcome, statusCode: number | null): boolean {
  return outcome === "http_error" && statusCode !== null && !OVERLOADED.has(statusCode);
}

/**
 * The outcome of an attempt for which fetch threw. The runtime gives no codes, only text ("Network connection lost.");
 * what it does not name ("internal error; reference = …", in a local Worker both an unknown name and a bad certificate) is
 * `connection`.
 */
export function classifyError(error: unknown): AttemptOutcome {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "AbortError" || name === "TimeoutError") return "timeout";
  if (/\bdns\b|lookup|getaddrinfo|enotfound|name resolution|resolve host/i.test(message)) return "dns";
  if (/\btls\b|\bssl\b|certificate|handshake/i.test(message)) return "tls";
  if (/timed? ?out/i.test(message)) return "timeout";
  return "connection";
}

/**
 * Whether fetch threw because no more connections may be opened (50 an invocation on the Free plan; a process's file
 * descriptors): our fault, and the request was never sent.
 */
export function isOutOfRequests(error: unknown): boolean {
  return error instanceof Error && /too many (subrequests|open files)/i.test(error.message);
}

/**
 * The wait that a `Retry-After` asks for (RFC 9110, section 10.2.3: seconds or a date), in milliseconds from `now`, from
 * 0 to 24 hours; null when there is none or it cannot be read.
 */
export function parseRetryAfter(value: string | null, now: number): number | null {
  const text = value?.trim() ?? "";
  // An HTTP-date begins with the day's name; Date.parse alone would take "-5" or "1.5" for dates.
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text);
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_LIMIT_MS);
}
