/** Which incoming headers an account can pass on to its destinations. */
import * as z from "zod/v4";
import { isHeaderName, isMadeForEachRequest } from "../vocabulary/headers";

const MOST_NAMES = 10;
const LONGEST_NAME = 100;
/** Limits for one request: a longer value is not passed on, nor is anything beyond the total. */
const LONGEST_VALUE = 4_096;
const ROOM = 16_384;
/** Credentials stay here, and headers that describe the incoming body do not fit the outgoing one. */
const KEPT_BACK = new Set([
  "cl-x-token",
  "cl-xtoken",
  "authorization",
  "cookie",
  "set-cookie",
  "content-type",
  "content-encoding",
  "accept-encoding",
  "expect",
]);
const VISIBLE = /^[\t\x20-\x7e]+$/;

const NameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(LONGEST_NAME, `Use at most ${LONGEST_NAME} characters.`)
  .refine(
    (name) => isHeaderName(name) && /^[^*]+\*?$/.test(name),
    "Give a header's name, such as traceparent, or how names begin, such as ce-*.",
  )
  .refine((name) => !isKeptBack(name.replace(/\*$/, "")), "This header is never passed on. Remove it.");

/** Names in lower case, without duplicates; one that ends with `*` is a prefix. */
export const ForwardHeadersSchema = z
  .array(NameSchema, "Give a list of header names.")
  .max(MOST_NAMES, `Give at most ${MOST_NAMES} names.`)
  .transform((names) => [...new Set(names)]);

/**
 * The headers of a request that an account is allowed to forward if it names them: never a token, a cookie, a hop-by-hop
 * header or one that we make for each request. Names in lower case; at most 16,384 characters in total.
 */
export function forwardableHeaders(headers: Headers): Record<string, string> {
  let room = ROOM;
  const kept: [string, string][] = [];
  for (const [name, value] of headers) {
    const size = name.length + value.length;
    if (isKeptBack(name) || value.length > LONGEST_VALUE || !VISIBLE.test(value) || size > room) continue;
    room -= size;
    kept.push([name.toLowerCase(), value]);
  }
  return Object.fromEntries(kept);
}

/** Whether the header is never kept with an event. */
export function isKeptBack(name: string): boolean {
  return KEPT_BACK.has(name) || isMadeForEachRequest(name);
}
