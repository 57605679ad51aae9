/**
 * What one isolate has in flight, over all requests and batches that it works on at a time. Beyond these numbers a
 * delivery goes to the queue, uncharged: a process has only so many connections, and memory, and whoever hangs must not
 * have them all. Slow destinations have a pool of their own, so that they keep no other out: those that usually take
 * long, and those that keep somebody waiting this moment.
 */
import type { LeasedDelivery } from "../leased-delivery";
import { Pace } from "./pace";
import { SLOW_MS } from "./usual-duration";

export type InFlightLimits = { total: number; ofAccount: number; ofDestination: number; characters: number };

export const HEALTHY_LIMITS: InFlightLimits = {
  total: 2_000,
  ofAccount: 1_500,
  ofDestination: 1_000,
  characters: 24_000_000,
};
export const SLOW_LIMITS: InFlightLimits = { total: 128, ofAccount: 32, ofDestination: 6, characters: 8_000_000 };

/** So many deliveries of an account keep none of its events waiting. */
const FREELY_IN_FLIGHT = 250;
const MOST_BACKPRESSURE_MS = 1_000;
/** So many of one destination are too many, if it is slow. */
const MANY_PLACES = 500;

export class InFlight {
  readonly #pace = new Pace();
  readonly #healthy: Pool;
  readonly #slow: Pool;
  /** By destination when each of its deliveries entered, the first one first. */
  readonly #since = new Map<number, Set<{ at: number }>>();

  constructor(healthy = HEALTHY_LIMITS, slow = SLOW_LIMITS) {
    this.#healthy = new Pool(healthy);
    this.#slow = new Pool(slow);
  }

  /** A place for this delivery, to be given back by calling what is returned; null when there is none. */
  enter(delivery: LeasedDelivery, now: number): (() => void) | null {
    const { destination } = delivery;
    const leave = (this.#inSlowLane(delivery, now) ? this.#slow : this.#healthy).enter(delivery);
    if (!leave) return null;
    const entered = { at: now };
    const ofDestination = this.#since.get(destination) ?? new Set();
    this.#since.set(destination, ofDestination.add(entered));
    return () => {
      ofDestination.delete(entered);
      if (ofDestination.size === 0) this.#since.delete(destination);
      leave();
    };
  }

  /**
   * For how long the next event of this account should wait, in milliseconds: the longer, the more of its deliveries are in
   * flight. Who sends faster than we deliver keeps its events, which is better than a backlog here.
   */
  backpressureMs(accountId: string): number {
    return Math.min(MOST_BACKPRESSURE_MS, Math.max(0, this.#healthy.ofAccount(accountId) - FREELY_IN_FLIGHT));
  }

  /** The destination has answered, after so long. */
  answered(destination: number, durationMs: number, now: number): void {
    this.#pace.answered(destination, durationMs, now);
  }

  /** Whether an answer of it that took so long may be late by our own doing: in a burst, or under load. */
  mayBeOwnDelay(destination: number, durationMs: number, now: number): boolean {
    return this.#pace.mayBeOwnDelay(destination, durationMs, this.#since.get(destination)?.size ?? 0, now);
  }

  /** Whether it keeps up, so that nobody waits for it, however long each of its answers takes. */
  keepsUp(destination: number, now: number): boolean {
    return this.#pace.keepsUp(destination, now) && this.#healthy.hasRoom;
  }

  /**
   * Whether it may have one of the places for slow ones only. A first attempt is not kept waiting for what may be a moment
   * in which we are late, as in a burst: not until its destination has many places, or hardly one is left.
   */
  #inSlowLane(delivery: LeasedDelivery, now: number): boolean {
    if (!this.isSlow(delivery, now)) return false;
    const { destination, attemptCount, target } = delivery;
    const isMild = attemptCount === 0 && target.usualDurationMs === 0 && target.consecutiveFailures === 0;
    return !isMild || !this.#healthy.hasRoom || this.#healthy.ofDestination(destination) >= MANY_PLACES;
  }

  /** Whether its destination usually takes long, or does this moment. */
  isSlow({ destination, target }: LeasedDelivery, now: number): boolean {
    return target.usualDurationMs > 0 || this.#isSlowNow(destination, now);
  }

  /** The destinations that have kept somebody waiting for so long that they are slow. */
  slowNow(now: number): number[] {
    return [...this.#since.keys()].filter((destination) => this.#isSlowNow(destination, now));
  }

  #isSlowNow(destination: number, now: number): boolean {
    const [first] = this.#since.get(destination) ?? [];
    return first !== undefined && now - first.at > SLOW_MS && !this.keepsUp(destination, now);
  }
}

class Pool {
  #total = 0;
  #characters = 0;
  readonly #ofAccount = new Map<string, number>();
  readonly #ofDestination = new Map<number, number>();

  constructor(private readonly limits: InFlightLimits) {}

  ofDestination(destination: number): number {
    return this.#ofDestination.get(destination) ?? 0;
  }

  ofAccount(accountId: string): number {
    return this.#ofAccount.get(accountId) ?? 0;
  }

  /** Whether at least a quarter is free. */
  get hasRoom(): boolean {
    return 4 * this.#total <= 3 * this.limits.total;
  }

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
