/**
 * Loop protection. A destination may lead back to a gateway, directly or through another one, and each round would
 * multiply events. So every request says how many gateways its event has passed, much as `Max-Forwards` (RFC 9110,
 * section 7.6.2) counts down, and an event that has passed too many is refused.
 */

/** Set on every request; users cannot set it. */
export const HOPS_HEADER = "data-pusher-hops";

/** Two gateways in a row may be intended; more are a loop. */
export const MOST_HOPS = 2;

/** How many gateways a request has passed, by that header: 0 without one, more than `MOST_HOPS` where it is not a number. */
export function hopsOf(header: string | null | undefined): number {
  if (header === null || header === undefined) return 0;
  return /^\d{1,3}$/.test(header) ? Number(header) : MOST_HOPS + 1;
}
