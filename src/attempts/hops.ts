/**
 * No loops. A destination may lead back to a gateway, directly or through another one, and each round would breed more
 * events. So every request says through how many gateways its event came, as `Max-Forwards` counts the other way
 * (RFC 9110, section 7.6.2), and an event that came through too many is not taken in.
 */

/** Set on every request; users cannot set it. */
export const HOPS_HEADER = "data-pusher-hops";

/** Two gateways in a row are a chain that people build; more are a loop. */
export const MOST_HOPS = 2;

/** Through how many gateways a request with that header came: 0 without one, more than `MOST_HOPS` for what is no number. */
export function hopsOf(header: string | null | undefined): number {
  if (header === null || header === undefined) return 0;
  return /^\d{1,3}$/.test(header) ? Number(header) : MOST_HOPS + 1;
}
