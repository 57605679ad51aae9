/**
 * What one isolate has in flight, over all requests and batches that it works on at a time. Beyond these numbers a
 * delivery goes to the queue, uncharged: a process has only so many connections, and memory, and whoever hangs must not
 * have them all. Destinations that fail or are slow have a pool of their own, so that they keep no healthy one out.
 */
import { isSuspect } from "./fair-queue";
import type { LeasedDelivery } from "./leased-delivery";

export type InFlightLimits = { total: number; ofAccount: number; ofDestination: number; characters: number };

export const HEALTHY_LIMITS: InFlightLimits = {
  total: 1_000,
  ofAccount: 750,
  ofDestination: 500,
  characters: 24_000_000,
};
export const SUSPECT_LIMITS: InFlightLimits = { total: 128, ofAccount: 32, ofDestination: 6, characters: 8_000_000 };

export class InFlight {
  readonly #healthy: Pool;
  readonly #suspect: Pool;

  constructor(healthy = HEALTHY_LIMITS, suspect = SUSPECT_LIMITS) {
    this.#healthy = new Pool(healthy);
    this.#suspect = new Pool(suspect);
  }

  /** A place for this delivery, to be given back by calling what is returned; null when there is none. */
  enter(delivery: LeasedDelivery): (() => void) | null {
    return (isSuspect(delivery) ? this.#suspect : this.#healthy).enter(delivery);
  }
}

class Pool {
  #total = 0;
  #characters = 0;
  readonly #ofAccount = new Map<string, number>();
  readonly #ofDestination = new Map<number, number>();

  constructor(private readonly limits: InFlightLimits) {}

  enter({ destination, target: { accountId }, content: { payload } }: LeasedDelivery): (() => void) | null {
    const { limits } = this;
    const isFull =
      this.#total >= limits.total ||
      (this.#ofAccount.get(accountId) ?? 0) >= limits.ofAccount ||
      (this.#ofDestination.get(destination) ?? 0) >= limits.ofDestination ||
      (this.#total > 0 && this.#characters + payload.length > limits.characters);
    if (isFull) return null;
    const count = (by: 1 | -1) => {
      this.#total += by;
      this.#characters += by * payload.length;
      add(this.#ofAccount, accountId, by);
      add(this.#ofDestination, destination, by);
    };
    count(1);
    return () => count(-1);
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
