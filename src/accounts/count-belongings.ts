import { countBelongings as count } from "../db/accounts";
import type { AccountContext } from "./account";

/** Counting stops here: to whoever removes an account, more is just "many". */
const MOST_EVENTS = 1_000;

/** What goes with an account when it is removed; of events, there may be more than were counted. */
export type Belongings = { destinations: number; events: number; moreEvents: boolean };

/** Null when there is no such account. */
export async function countBelongings(context: AccountContext, accountId: string): Promise<Belongings | null> {
  const [counted] = await count(context.db, accountId, MOST_EVENTS + 1);
  if (!counted) return null;
  const { destinations, events } = counted;
  return { destinations, events: Math.min(events, MOST_EVENTS), moreEvents: events > MOST_EVENTS };
}
