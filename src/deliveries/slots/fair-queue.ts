/**
 * Whose delivery gets the next slot. Slots are shared by account, then by destination, so that nobody waits for somebody
 * else; a destination that works goes before one that fails or is slow. Pure: it only knows what it was given.
 */
import type { LeasedDelivery } from "../leased-delivery";

/** One destination's deliveries take at most these, so that a hanging one leaves room for the others. */
export const SLOTS_OF_ONE_DESTINATION = 3;

type Account = { running: number; lastServed: number };
type Line = { account: Account; destination: number; waiting: LeasedDelivery[]; running: number; lastServed: number };

export class FairQueue {
  readonly #slots: number;
  readonly #isSlow: (delivery: LeasedDelivery) => boolean;
  readonly #lines = new Map<number, Line>();
  #served = 0;

  /**
   * @param slots how many may run at a time
   * @param isSlow whether its destination is slow by what is known now
   */
  constructor(leased: readonly LeasedDelivery[], slots: number, isSlow: (delivery: LeasedDelivery) => boolean) {
    this.#slots = slots;
    this.#isSlow = isSlow;
    const accounts = new Map<string, Account>();
    for (const delivery of leased) {
      const { destination, target } = delivery;
      const account = accounts.get(target.accountId) ?? { running: 0, lastServed: 0 };
      accounts.set(target.accountId, account);
      const line = this.#lines.get(destination) ?? { account, destination, waiting: [], running: 0, lastServed: 0 };
      line.waiting.push(delivery);
      this.#lines.set(destination, line);
    }
  }

  /** How many wait for a slot. */
  get waiting(): number {
    return this.#waitingLines().reduce((sum, line) => sum + line.waiting.length, 0);
  }

  /** The delivery to attempt next, which now runs; undefined when none may: what waits has its share of the slots. */
  next(): LeasedDelivery | undefined {
    const lines = this.#waitingLines();
    const share = Math.ceil(this.#slots / new Set(lines.map(({ account }) => account)).size);
    const [first, ...others] = lines.filter(
      (line) => line.running < SLOTS_OF_ONE_DESTINATION && line.account.running < share,
    );
    if (!first) return undefined;
    const line = others.reduce((best, other) => (this.#compare(other, best) < 0 ? other : best), first);
    line.running++;
    line.account.running++;
    line.lastServed = line.account.lastServed = ++this.#served;
    return line.waiting.shift();
  }

  /** Its slot is free again. */
  ended({ destination }: LeasedDelivery): void {
    const line = this.#lines.get(destination);
    if (!line) return;
    line.running--;
    line.account.running--;
  }

  /** Takes out all that wait. */
  takeWaiting(): LeasedDelivery[] {
    return this.#waitingLines().flatMap((line) => line.waiting.splice(0));
  }

  #waitingLines(): Line[] {
    return [...this.#lines.values()].filter((line) => line.waiting.length > 0);
  }

  /** Round robin by account; in each, the destination that costs the others least, then round robin by destination. */
  #compare(a: Line, b: Line): number {
    return (
      a.account.running - b.account.running ||
      a.account.lastServed - b.account.lastServed ||
      this.#costOf(a) - this.#costOf(b) ||
      a.running - b.running ||
      a.lastServed - b.lastServed
    );
  }

  /**
   * What a slot given to this line will cost the others: next to nothing where it is a retry of what is fast, nothing
   * known, failing, slow.
   */
  #costOf({ waiting: [first] }: Line): number {
    if (!first) return 0;
    if (this.#isSlow(first)) return 3;
    if (first.attemptCount > 0) return 0;
    return first.target.consecutiveFailures > 0 ? 2 : 1;
  }
}
