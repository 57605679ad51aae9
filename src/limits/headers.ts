import type { TooMany } from "./limiter";

/** `Retry-After` (RFC 9110, 10.2.3) and the fields of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimitHeaders({ name, rate, retryAfterSeconds }: TooMany): [name: string, value: string][] {
  return [
    ["Retry-After", String(retryAfterSeconds)],
    ["RateLimit-Policy", `"${name}";q=${rate.quota};w=${rate.seconds}`],
    ["RateLimit", `"${name}";r=0;t=${retryAfterSeconds}`],
  ];
}

/** What to do, in a sentence. */
export function comeAgain({ rate, retryAfterSeconds }: TooMany): string {
  return `At most ${rate.quota} in ${rate.seconds} s are allowed here. Try again in ${retryAfterSeconds} s.`;
}
