import type { Database } from "../db/database";
import type { DeliveryKey, DeliveryRef } from "../db/deliveries";
import { type ClaimLimits, claimDue, selectLeftDue } from "../db/engine/claims";
import { claimHeld, discardHeld, scheduleNextDrain, wakeHeld } from "../db/engine/drains";
import { type Holding, type Lease, selectLeased, selectLeasedPayloads, selectLeasedTargets } from "../db/engine/leases";
import { holdRecovered, stepRecoveries } from "../db/engine/recoveries";
import { type RowsOf, transaction } from "../db/transaction";
import { newId } from "../vocabulary/ids";
import { type Budget, CLAIM } from "./deadlines";
import type { DeliveryContext } from "./delivery";
import { type LeasedDelivery, leasedDelivery } from "./leased-delivery";
import { DRAIN_CHUNK, OPEN_LIMITS, PROBE_WAIT_MS } from "./recording/circuit";
import type { Subrequests } from "./slots/subrequests";
import { viewOf } from "./unwanted";

/** More would not be attempted within the lease. */
const MOST_CLAIMED = 250;
const MOST_BYTES = 16_000_000;
/** How many held deliveries of a disabled or removed destination are discarded in one go. */
const DISCARD_CHUNK = 500;

type ClaimContext = Pick<DeliveryContext, "db" | "now" | "inFlight">;

/** What to look at: deliveries that may be due, destinations whose held deliveries may be due for a drain. */
export type Wanted = { deliveries: DeliveryRef[]; destinations: number[] };

/**
 * What this claim, and nobody else, now holds; `full` when it holds all that it may. `left` is one of the deliveries that
 * are due and that nobody holds yet.
 */
export type Claim = { leased: LeasedDelivery[]; full: boolean; left: DeliveryKey | null };

/**
 * Leases what is wanted and due, and what else is due, in one round trip, `most` at the most. What is not due, not there
 * or someone else's stays.
 */
export async function claim(context: ClaimContext, wanted: Wanted, most: number): Promise<Claim> {
  const lease = newLease(CLAIM, context.now());
  const { left, ...held } = await transaction(context.db, claimStatements(context, wanted, lease, most));
  return { ...claimOf(held, most), left: left[0] ?? null };
}

/** How many deliveries a claim may lease: none that could be attempted, but not recorded. */
export function mostClaimed(subrequests: Subrequests): number {
  return Math.min(MOST_CLAIMED, subrequests.attempts);
}

/** A lease that nobody else has, for as long as the budget says. */
export function newLease({ leaseMs }: Budget, now: number): Lease {
  return { name: newId("lse", now), until: now + leaseMs };
}

/**
 * The statements of a claim. Their order matters:
 *
 * - `claimed` holds what is due behind an open circuit, so `drainsBegun`, which looks for what is held, follows it.
 * - `stepped` takes a recovery on where nothing is held and a drain is due, `recovered` holds what it chose, and
 *   `drained` claims that at once. In any other order a step waits for the next drain, or overtakes what is held.
 * - `nextDrains` ends the drains that the three before it look for, and has to see what was leased and what was left.
 * - `left`, `leased`, `targets` and `payloads` read what the others have left and leased.
 *
 * @param flights events whose first way began under the same lease
 */
export function claimStatements(
  { db, inFlight, now: clock }: ClaimContext,
  wanted: Wanted,
  lease: Lease,
  most: number,
  flights: string[] = [],
) {
  const { deliveries } = wanted;
  const now = clock();
  const limits: ClaimLimits = {
    mostDeliveries: most,
    mostBytes: MOST_BYTES,
    drainChunk: DRAIN_CHUNK,
    slowNow: inFlight.slowNow(now),
    ...OPEN_LIMITS,
  };
  // Several wake-ups of one destination are one drain.
  const destinations = [...new Set(wanted.destinations)];
  return {
    claimed: claimDue(db, deliveries, lease, limits, now),
    drainsBegun: wakeHeld(db, deliveries, PROBE_WAIT_MS.most, now),
    stepped: stepRecoveries(db, destinations, DRAIN_CHUNK, now),
    recovered: holdRecovered(db, destinations, now),
    drained: claimHeld(db, destinations, lease, limits, now),
    discarded: discardHeld(db, destinations, DISCARD_CHUNK, now),
    nextDrains: scheduleNextDrain(db, destinations, lease, now),
    left: selectLeftDue(db, limits, now),
    ...leasedStatements(db, { lease, flights }),
  };
}

/** Reads what somebody holds, for `claimOf`; to follow whatever takes the lease. */
export function leasedStatements(db: Database, holding: Holding) {
  return {
    leased: selectLeased(db, holding),
    targets: selectLeasedTargets(db, holding),
    payloads: selectLeasedPayloads(db, holding),
  };
}

/** The claim that the rows of `leasedStatements` make, of `most` deliveries. */
export function claimOf(
  { leased: rows, targets, payloads }: RowsOf<ReturnType<typeof leasedStatements>>,
  most = MOST_CLAIMED,
): Omit<Claim, "left"> {
  const targetOf = new Map(targets.map((target) => [target.key, target]));
  const payloadOf = new Map(payloads.map((row) => [row.eventId, { content: row, view: viewOf(row) }]));
  const leased: LeasedDelivery[] = [];
  let bytes = 0;
  for (const row of rows) {
    const target = targetOf.get(row.destination);
    const event = payloadOf.get(row.eventId);
    // Claimed and read in one transaction, so both are there.
    if (!target || !event) throw new Error("a claimed delivery has lost its event or destination");
    bytes += event.content.sizeBytes;
    leased.push(leasedDelivery(row, target, event.content, event.view));
  }
  return { leased, full: leased.length >= most || bytes >= MOST_BYTES };
}
