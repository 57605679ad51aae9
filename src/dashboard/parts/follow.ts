/** How a followed list asks only for what is new since it was read: in headers, so that its URL stays the view's own. */
import { isId, parseDeliveryId } from "../../vocabulary/ids";
import type { PageContext } from "../session/viewer";

/** An event can be stored so long after its id was made, and is new none the less. */
const LATE_MS = 10_000;
const MOST_WAITING = 100;

/** `since`: what was received then or later is new, in milliseconds; `waiting`: events shown that are not through yet. */
export type News = { since: number; waiting: string[] };

/** Null when the whole page is asked for. */
export function newsAskedFor(c: PageContext): News | null {
  const since = Number(c.req.header("DP-Since"));
  if (!(since > 0)) return null;
  const waiting = (c.req.header("DP-Waiting") ?? "").split(",").slice(0, MOST_WAITING);
  const events = waiting.map((id) => parseDeliveryId(id)?.eventId ?? id).filter((id) => isId("evt", id));
  return { since, waiting: [...new Set(events)] };
}

/** What was received from then on may be missing from a list that is read now. */
export function sinceOf(now: number): number {
  return now - LATE_MS;
}

/** There is nothing new, and from when on to ask for next time. */
export function nothingNew(c: PageContext) {
  return c.body(null, 204, { "DP-Since": String(sinceOf(c.get("gateway").now())) });
}
