/** What went out, and what came of it. */
export type Outcome = {
  /** Events. */
  sent: number;
  /** Answers by their status. */
  statuses: Record<string, number>;
  /** Of each event. */
  destinations: number;
  /** How often each event came to each destination: those of the first event first. */
  counts: ArrayLike<number>;
  /** Requests that belong to no event of this run. */
  strangers: number;
};

/**
 * Holds what was sent against what was accepted and what arrived. A figure of a run that lost or doubled something is worth
 * nothing, so there is none.
 *
 * @throws an Error that says how much is missing or too much
 */
export function reconcile({ sent, statuses, destinations, counts, strangers }: Outcome) {
  const accepted = Object.entries(statuses).reduce((sum, [status, n]) => sum + (/^2\d\d$/.test(status) ? n : 0), 0);
  const expected = sent * destinations;
  const arrived = Array.from(counts);
  const delivered = arrived.filter((times) => times > 0).length;
  const duplicates = arrived.reduce((sum, times) => sum + Math.max(0, times - 1), 0);
  const faults = [
    accepted === sent ? [] : `${sent} sent and ${accepted} accepted: ${JSON.stringify(statuses)}`,
    delivered === expected ? [] : `${expected} to deliver and ${delivered} delivered`,
    duplicates === 0 ? [] : `${duplicates} delivered again`,
    strangers === 0 ? [] : `${strangers} that nobody expected`,
  ].flat();
  if (faults.length > 0) throw new Error(`the run does not add up: ${faults.join("; ")}`);
  return { sent, accepted, delivered, duplicates };
}
