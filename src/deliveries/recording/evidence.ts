import type { DispatchRecord, Ended } from "../delivery";
import type { CircuitEvidence } from "./circuit";

/**
 * What these dispatches know of circuits, in lists that are to be reported each by itself, in the order in which it ended:
 * all that is new; and of what may have been written before, the attempts of one dispatch at one destination, which were
 * then written all or none.
 */
export function evidenceOf(dispatches: Pick<DispatchRecord, "ended" | "again">[]): CircuitEvidence[][] {
  const fresh = dispatches.filter(({ again }) => !again).flatMap(({ ended }) => ended);
  const repeated: Ended[][] = [];
  const earlier = new Map<number, number>();
  for (const { ended } of dispatches.filter(({ again }) => again)) {
    for (const destination of new Set(ended.map(({ leased }) => leased.destination))) {
      const place = earlier.get(destination) ?? 0;
      earlier.set(destination, place + 1);
      const own = ended.filter(({ leased }) => leased.destination === destination);
      repeated[place] = [...(repeated[place] ?? []), ...own];
    }
  }
  const endOf = ({ attempt }: Ended) => attempt.startedAt + attempt.durationMs;
  return [fresh, ...repeated]
    .filter((some) => some.length > 0)
    .map((some) => some.sort((a, b) => endOf(a) - endOf(b)).map(evidence));
}

function evidence(one: Ended): CircuitEvidence {
  const { eventId, destination, attemptCount: attemptsBefore, wasHeld } = one.leased;
  return { eventId, destination, attemptsBefore, wasHeld, isTest: one.transition.isTest, attempt: one.attempt };
}
