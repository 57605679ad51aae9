/**
 * Nearly all deliveries arrive at their first attempt, at a destination of which nothing else is to be said: their row is
 * all that there is to write. Pure; whether it is so, the database decides, see `recordArrivals`.
 */
import { isSoon } from "../../db/stats/attempt-counts";
import { timeOfId } from "../../vocabulary/ids";
import type { DispatchRecord, Ended } from "../delivery";

/** A dispatch, and apart from what else has ended in it what seems to be that simple. */
export type Parted = DispatchRecord & { arrivals: Ended[] };

/**
 * Takes the arrivals out of the dispatches. What a circuit is told has to be whole and in order, so of a destination all is
 * simple or nothing.
 */
export function takeArrivals(dispatches: DispatchRecord[]): Parted[] {
  const others = new Set(
    dispatches.flatMap(({ ended, again }) =>
      ended.filter((one) => again || !isSimple(one)).map(({ leased }) => leased.destination),
    ),
  );
  const isArrival = ({ leased }: Ended) => !others.has(leased.destination);
  return dispatches.map((dispatch) => ({
    ...dispatch,
    ended: dispatch.ended.filter((one) => !isArrival(one)),
    arrivals: dispatch.ended.filter(isArrival),
  }));
}

/** As far as is known since the event was accepted. */
function isSimple({ leased, attempt, transition }: Ended): boolean {
  const { eventId, lease, target } = leased;
  return (
    transition.state === "delivered" &&
    !transition.isTest &&
    lease === eventId &&
    leased.attemptCount === 0 &&
    target.consecutiveFailures === 0 &&
    target.attemptsPerSuccess === 1 &&
    // or else it is to be counted as well
    isSoon(timeOfId(eventId), attempt.startedAt)
  );
}
