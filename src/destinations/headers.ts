import type { FieldError } from "../errors/field-error";
import { isHeaderName, isMadeForEachRequest } from "../vocabulary/headers";

const MAX_HEADER_LINES = 32;
const MAX_HEADERS_BYTES = 8_192;
/** HTTP allows one value of these: two would be joined by a comma and mean something else. */
const ONCE_ONLY = new Set([
  "age",
  "authorization",
  "content-encoding",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "from",
  "if-modified-since",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "origin",
  "referer",
  "retry-after",
  "server",
  "traceparent",
  "user-agent",
]);

/**
 * What is wrong with a destination's headers; empty when nothing is. They are an object of names, each with a value or a
 * list of values: at most 32 values and 8,192 bytes in all. A name is an HTTP token that is neither reserved nor set by
 * us, and occurs once regardless of case; only a header that HTTP allows to repeat takes a list. Values are printable
 * ASCII, spaces and tabs. No message contains a value.
 */
export function checkHeaders(headers: unknown): FieldError[] {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    return [{ path: "headers", message: "Must be an object of header names and values; {} when there are none" }];
  }
  const entries = Object.entries(headers);
  const tooMuch = sizeProblem(entries);
  if (tooMuch !== null) return [{ path: "headers", message: tooMuch }];
  const seen = new Set<string>();
  return entries.flatMap(([name, value]) => {
    const message = nameProblem(name, seen) ?? listProblem(name, value) ?? valueProblem(value);
    seen.add(name.toLowerCase());
    return message === null ? [] : [{ path: `headers.${name}`, message }];
  });
}

// Checked first, which bounds the list of problems as well.
function sizeProblem(entries: [string, unknown][]): string | null {
  let lines = 0;
  let length = 0;
  for (const [name, value] of entries) {
    const values = [value].flat();
    lines += Math.max(1, values.length);
    for (const item of values) length += byteLength(name) + (typeof item === "string" ? byteLength(item) : 0);
    if (values.length === 0) length += byteLength(name);
  }
  if (lines > MAX_HEADER_LINES) return `At most ${MAX_HEADER_LINES} header lines, each value of a list counts as one`;
  if (length > MAX_HEADERS_BYTES) return `At most ${MAX_HEADERS_BYTES} bytes of names and values together`;
  return null;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function nameProblem(name: string, seen: Set<string>): string | null {
  if (!isHeaderName(name)) return "Not a header name: letters, digits and !#$%&'*+-.^_`|~ only";
  const lower = name.toLowerCase();
  if (isMadeForEachRequest(name)) {
    return "This header cannot be set: it is made for each request. Remove it";
  }
  return seen.has(lower) ? "This header comes twice, in different case: give its values as one list" : null;
}

function listProblem(name: string, value: unknown): string | null {
  if (!Array.isArray(value) || value.length < 2 || !ONCE_ONLY.has(name.toLowerCase())) return null;
  return "This header comes once: give one value, not a list";
}

function valueProblem(value: unknown): string | null {
  if (Array.isArray(value) && value.length === 0) return "An empty list: give at least one value, or remove the header";
  for (const item of [value].flat()) {
    const message = typeof item === "string" ? textProblem(item) : "Must be a text or a list of texts";
    if (message !== null) return message;
  }
  return null;
}

// Beyond ASCII, the Workers runtime would send UTF-8 where HTTP means Latin-1, and write the value into the log.
function textProblem(text: string): string | null {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code === 13 || code === 10 || code === 0) return "A value must not hold a line break or NUL";
    if (code > 127) return "A value must be ASCII: encode other characters, for example as %C3%A9 or base64";
    if ((code < 32 && code !== 9) || code === 127) return "A value must not hold control characters";
  }
  return null;
}
