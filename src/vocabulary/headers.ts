/** A destination's headers as the user wrote them: a value, or several under one name. */
export type HeaderMap = Record<string, string | string[]>;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const MADE_FOR_EACH_REQUEST = new Set([
  "host",
  "content-length",
  "connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "keep-alive",
  "cdn-loop",
]);
const MADE_PREFIXES = ["proxy-", "cf-", "webhook-", "data-pusher-"];

/** Whether the text is a valid header name. */
export function isHeaderName(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a header of that name, in any case, is set anew for each request: by us, by the platform, or for one hop. */
export function isMadeForEachRequest(name: string): boolean {
  const lower = name.toLowerCase();
  return MADE_FOR_EACH_REQUEST.has(lower) || MADE_PREFIXES.some((prefix) => lower.startsWith(prefix));
}
