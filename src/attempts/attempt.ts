import { echoMask } from "../security/echoes";
import { MASK } from "../security/masking";
import { checkOutboundUrl, type OutboundRules } from "../security/outbound-guard";
import type { AttemptOutcome } from "../vocabulary/states";
import { classifyAnswer, classifyError, isOutOfRequests, parseRetryAfter } from "./outcome";
import { type BuiltRequest, buildRequest, type RequestSpec, secretsOf } from "./request";
import { readStart } from "./response-body";

const MAX_SENT_URL_LENGTH = 16_384;
const KEPT_BODY_BYTES = 8_192;
const KEPT_HEADERS_LENGTH = 4_096;
/** The 3xx that name another place; 304 and the rest do not. */
const REDIRECTS = [300, 301, 302, 303, 307, 308];
const RETRY_AFTER_STATUSES = [429, 503];

export type { RequestSpec };

/** What came of one request. Times are in milliseconds; fields of the answer are null when there was none. */
export type Attempt = {
  startedAt: number;
  durationMs: number;
  outcome: AttemptOutcome;
  statusCode: number | null;
  retryAfterMs: number | null;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
  /** A sentence for people, where outcome and answer do not explain themselves. */
  detail: string | null;
};

export type AttemptContext = { fetch: typeof fetch; now: () => number; outbound: OutboundRules };

/**
 * Sends one request to one URL and reports what came of it. The timeout (`spec.timeoutMs`) covers connection, headers and
 * body. A 2xx is a success as soon as the status arrives, whatever becomes of the body; at most 8,192 bytes of it are read.
 *
 * @throws never for what a receiver does; for faults of ours, such as a signing secret that is not base64, or more
 * requests than the platform allows
 */
export async function attempt(spec: RequestSpec, context: AttemptContext): Promise<Attempt> {
  const startedAt = context.now();
  const ended = (outcome: AttemptOutcome, detail: string | null): Attempt => ({
    ...unsendable(detail, startedAt),
    durationMs: Math.max(0, context.now() - startedAt),
    outcome,
  });

  const prepared = await prepare(spec, startedAt, context.outbound);
  if (!prepared.ok) return ended("unsendable", prepared.message);

  const maskEchoes = echoMask(secretsOf(spec));
  const deadline = startDeadline(spec.timeoutMs);
  // Destructured, since the runtime's fetch refuses to be called as a method of another object.
  const { fetch } = context;
  try {
    const response = await Promise.race([
      fetch(prepared.built.url, { ...prepared.init, signal: deadline.signal }),
      deadline.passed,
    ]);
    if (response === "passed") return ended("timeout", timeoutDetail(spec.timeoutMs));
    const body = await readStart(response, KEPT_BODY_BYTES, deadline.passed);
    const outcome = classifyAnswer(response.status, body);
    return {
      ...ended(outcome, answerDetail(outcome, response.status)),
      statusCode: response.status,
      retryAfterMs: RETRY_AFTER_STATUSES.includes(response.status)
        ? parseRetryAfter(response.headers.get("retry-after"), context.now())
        : null,
      responseHeaders: keptHeaders(response.headers, maskEchoes),
      responseBody: maskEchoes(body),
    };
  } catch (error) {
    if (isOutOfRequests(error)) throw error;
    const outcome = classifyError(error);
    return ended(outcome, outcome === "timeout" ? timeoutDetail(spec.timeoutMs) : maskEchoes(errorDetail(error)));
  } finally {
    deadline.clear();
  }
}

/** What comes of a request that cannot be made. */
export function unsendable(detail: string | null, startedAt: number): Attempt {
  return {
    startedAt,
    durationMs: 0,
    outcome: "unsendable",
    statusCode: null,
    retryAfterMs: null,
    responseHeaders: null,
    responseBody: null,
    detail,
  };
}

type Prepared = { ok: true; built: BuiltRequest; init: RequestInit } | { ok: false; message: string };

/**
 * The request of a spec, signed for that time, or why it cannot be sent, in a sentence. Its URL is checked here as well as
 * on save: rules change, and a row may have been written by other means.
 */
export async function prepare(spec: RequestSpec, now: number, outbound: OutboundRules): Promise<Prepared> {
  const allowed = checkOutboundUrl(spec.url, outbound);
  if (!allowed.ok) return allowed;
  const built = await buildRequest(spec, Math.floor(now / 1000));
  if (built.url.length > MAX_SENT_URL_LENGTH) {
    return {
      ok: false,
      message: `The URL with the data in its query is longer than ${MAX_SENT_URL_LENGTH} characters`,
    };
  }
  return toRequest(built);
}

function toRequest(built: BuiltRequest): Prepared {
  const { method, headers: lines, bytes } = built;
  const headers = headersOf(lines);
  if (headers === null) {
    const [name] = lines.find((line) => headersOf([line]) === null) ?? [];
    return { ok: false, message: `The header ${JSON.stringify(name)} cannot be sent` };
  }
  // As bytes, since the runtime adds a content-type to text.
  return { ok: true, built, init: { method, headers, body: bytes, redirect: "manual" } };
}

function headersOf(lines: [string, string][]): Headers | null {
  const byName = Object.fromEntries(lines);
  // the runtime takes an object in a fifth of the time, which holds each name once
  const isEach = Object.keys(byName).length === lines.length;
  try {
    return new Headers(isEach ? byName : lines);
  } catch {
    return null;
  }
}

type Deadline = { signal: AbortSignal; passed: Promise<"passed">; clear: () => void };

// Not AbortSignal.timeout, which keeps the invocation alive until it fires, even when the answer came at once.
function startDeadline(timeoutMs: number): Deadline {
  const controller = new AbortController();
  const { promise: passed, resolve } = Promise.withResolvers<"passed">();
  const timer = setTimeout(() => {
    resolve("passed");
    controller.abort();
  }, timeoutMs);
  return { signal: controller.signal, passed, clear: () => clearTimeout(timer) };
}

function keptHeaders(headers: Headers, maskEchoes: (text: string) => string): Record<string, string> {
  let room = KEPT_HEADERS_LENGTH;
  const kept = new Map<string, string>();
  for (const [name, value] of headers) {
    const shown = name === "set-cookie" ? MASK : maskEchoes(value);
    if (kept.has(name) || name.length + shown.length > room) continue;
    room -= name.length + shown.length;
    kept.set(name, shown);
  }
  return Object.fromEntries(kept);
}

function timeoutDetail(timeoutMs: number): string {
  return `No answer within ${timeoutMs / 1000} s`;
}

function answerDetail(outcome: AttemptOutcome, status: number): string | null {
  if (outcome === "success") return null;
  if (outcome !== "http_error") return `Cloudflare's edge could not get an answer from the receiver (${status})`;
  return REDIRECTS.includes(status) ? "The receiver redirects; redirects are not followed" : null;
}

// A local Worker says no more than "internal error; reference = …" for both an unknown name and a bad certificate.
function errorDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.startsWith("internal error")
    ? "the name does not resolve, or the certificate is not valid"
    : message.slice(0, 500);
  return `No answer came: ${reason}`;
}
