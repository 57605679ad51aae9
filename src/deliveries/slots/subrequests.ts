/**
 * What one invocation may still ask of the outside: the platform allows only so many requests, and may count calls of D1
 * and the queue among them. Attempts end before that, while enough is left to record them: what was sent and cannot be
 * recorded is sent again.
 */

/** A record's four tries, how the deliveries stand if all fail, and its wake-ups. */
const FOR_RECORD = 6;

export class Subrequests {
  #left: number;

  constructor(private readonly most: number) {
    this.#left = most;
  }

  /** How much was asked so far. */
  get asked(): number {
    return this.most - this.#left;
  }

  /** How many attempts can still be made, if nothing else is asked. */
  get attempts(): number {
    return Math.max(0, this.#left - FOR_RECORD);
  }

  /** Counts what is asked in any case. */
  spend(count = 1): void {
    this.#left -= count;
  }

  /** Counts an attempt, or something else that is asked once; false when that has to be left to another invocation. */
  take(): boolean {
    if (this.attempts < 1) return false;
    this.spend();
    return true;
  }

  /** Whether there may be a record that is not the last one. */
  get allowEarlyRecord(): boolean {
    return this.attempts >= FOR_RECORD;
  }

  /** Sets aside what a record may ask; `end` gives back what it did not. */
  beginRecord(): { spend: () => void; end: () => void } {
    let left = FOR_RECORD;
    this.spend(left);
    return { spend: () => void left--, end: () => this.spend(-left) };
  }
}
