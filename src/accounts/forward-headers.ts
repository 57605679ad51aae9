/** Which incoming headers an account can pass on to its destinations. */
import { z } from "zod";
import { isHeaderName, isMadeForEachRequest } from "../vocabulary/header-names";

const MOST_NAMES = 10;
const LONGEST_NAME = 100;
/** What is looked at of one request: a longer value, and what does not fit any more, is not passed on. */
const LONGEST_VALUE = 4_096;
const ROOM = 16_384;
/** Who may send what stays here, and what says how the body came, does not fit what is sent. */
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

/** Names in lower case, each once; one that ends with `*` stands for all that begin so. */
export const ForwardHeadersSchema = z
  .array(NameSchema, "Give a list of header names.")
  .max(MOST_NAMES, `Give at most ${MOST_NAMES} names.`)
  .transform((names) => [...new Set(names)]);

/**
 * Those of a request's headers that an account may pass on, should it name them: never a token, a cookie, what is for
 * one hop, or what is made for each request. Names in lower case; at most 16,384 characters together.
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

function isKeptBack(name: string): boolean {
  return KEPT_BACK.has(name) || isMadeForEachRequest(name);
}
