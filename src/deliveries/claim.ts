import { type ClaimLimits, claimDue, claimHeld, discardHeld, scheduleNextDrain, wakeHeld } from "../db/claims";
import type { Database } from "../db/database";
import type { DeliveryRef } from "../db/deliveries";
import {
  type Lease,
  type LeasedRow,
  type PayloadRow,
  selectLeased,
  selectLeasedPayloads,
  selectLeasedTargets,
  type TargetRow,
} from "../db/leases";
import { holdRecovered, stepRecoveries } from "../db/recoveries";
import { newId } from "../vocabulary/ids";
import type { Deadline } from "./attempt-all";
import { DRAIN_CHUNK, PROBE_AFTER_FAILURES } from "./circuit";
import type { DeliveryContext, LeasedDelivery } from "./delivery";

/** Whoever claims begins attempts for 60 s; they last 30 s at the most and are recorded in a few tries within the lease. */
const START_WITHIN_MS = 60_000;
const END_WITHIN_MS = 90_000;
const CLAIM_LEASE_MS = 120_000;

/** More would not be attempted within the lease. */
export const MOST_CLAIMED = 250;
const LIMITS: ClaimLimits = {
  mostDeliveries: MOST_CLAIMED,
  mostBytes: 16_000_000,
  drainChunk: DRAIN_CHUNK,
  probeAfter: PROBE_AFTER_FAILURES,
};
/** Parked deliveries of a stopped destination that are discarded in one go. */
const DISCARD_CHUNK = 500;

/** Whom to look at: deliveries that may be due, destinations whose parked deliveries may have their turn. */
export type Wanted = { deliveries: DeliveryRef[]; destinations: number[] };

/** What this claim, and nobody else, now holds. `full` when there may be more of what was wanted. */
export type Claim = { leased: LeasedDelivery[]; full: boolean };

/** Leases what is due of what is wanted, in one round trip. What is not due, not there or someone else's stays. */
export async function claim(context: Pick<DeliveryContext, "db" | "now">, wanted: Wanted): Promise<Claim> {
  const now = context.now();
  const lease = newLease(now);
  const rows = await context.db.batch(claimStatements(context.db, wanted, lease, now));
  return claimOf(rows.slice(-3) as ClaimedRows);
}

/** Until when what was claimed at that time can be attempted. */
export function claimDeadline(claimedAt: number): Deadline {
  return { startBy: claimedAt + START_WITHIN_MS, endBy: claimedAt + END_WITHIN_MS };
}

export function newLease(now: number): Lease {
  return { name: newId("lse", now), until: now + CLAIM_LEASE_MS };
}

/** The statements of a claim, to stand at the end of a batch: its last three results are for `claimOf`. */
export function claimStatements(db: Database, wanted: Wanted, lease: Lease, now: number) {
  const { deliveries, destinations } = wanted;
  return [
    claimDue(db, deliveries, lease, LIMITS, now),
    wakeHeld(db, deliveries, now),
    stepRecoveries(db, destinations, DRAIN_CHUNK, now),
    holdRecovered(db, destinations, now),
    claimHeld(db, destinations, lease, LIMITS, now),
    discardHeld(db, destinations, DISCARD_CHUNK, now),
    scheduleNextDrain(db, destinations, lease, now),
    selectLeased(db, lease),
    selectLeasedTargets(db, lease),
    selectLeasedPayloads(db, lease),
  ] as const;
}

export type ClaimedRows = [LeasedRow[], TargetRow[], PayloadRow[]];

export function claimOf([rows, targets, payloads]: ClaimedRows): Claim {
  const targetOf = new Map(targets.map((target) => [target.key, target]));
  const payloadOf = new Map(payloads.map((row) => [row.eventId, row]));
  const leased: LeasedDelivery[] = [];
  let bytes = 0;
  for (const row of rows) {
    const target = targetOf.get(row.destination);
    const event = payloadOf.get(row.eventId);
    // Claimed and read in one transaction, so both are there.
    if (!target || !event) throw new Error("a claimed delivery has lost its event or destination");
    bytes += event.sizeBytes;
    leased.push({ ...row, target, content: event });
  }
  return { leased, full: leased.length >= LIMITS.mostDeliveries || bytes >= LIMITS.mostBytes };
}
