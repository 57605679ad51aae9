/**
 * What one isolate has in flight, over all requests and batches that it works on at a time. Beyond these numbers a
 * delivery goes to the queue, uncharged: a process has only so many connections, and memory, and whoever hangs must not
 * have them all.
 */

import { isSuspect } from "./fair-queue";
import type { LeasedDelivery } from "./leased-delivery";

export type InFlightLimits = { total: number; ofAccount: number; ofDestination: number };

/** Deliveries to destinations that fail or are slow take at most half of each. */
export const IN_FLIGHT_LIMITS: InFlightLimits = { total: 256, ofAccount: 64, ofDestination: 12 };
const SUSPECT_SHARE = 0.5;

type Running = { delivery: LeasedDelivery; suspect: boolean };

export class InFlight {
  readonly #running = new Set<Running>();

  constructor(private readonly limits: InFlightLimits = IN_FLIGHT_LIMITS) {}

  /** A place for this delivery, to be given back by calling what is returned; null when there is none. */
  enter(delivery: LeasedDelivery): (() => void) | null {
    const own: Running = { delivery, suspect: isSuspect(delivery) };
    const { accountId } = delivery.target;
    let total = 0;
    let ofAccount = 0;
    let ofDestination = 0;
    for (const other of this.#running) {
      // Healthy ones are not kept waiting by suspects, which have places of their own.
      if (own.suspect && !other.suspect) continue;
      total++;
      if (other.delivery.target.accountId === accountId) ofAccount++;
      if (other.delivery.destination === delivery.destination) ofDestination++;
    }
    const share = own.suspect ? SUSPECT_SHARE : 1;
    const { limits } = this;
    if (total >= limits.total * share || ofAccount >= limits.ofAccount * share) return null;
    if (ofDestination >= limits.ofDestination * share) return null;
    this.#running.add(own);
    return () => this.#running.delete(own);
  }
}
