/**
 * Which destinations keep up: they answer so often that none of their deliveries holds a place for long without giving one
 * back. How long an answer takes says less: when this isolate is short of processor time, all take long, since it comes late
 * to answers that lie there, and no clock that a Worker can read tells of that.
 */

/** So many in two seconds at the most, and in one at the least. */
const ANSWERS = 10;
/** An answer that took longer does not count: it is the receiver that is late. */
const COUNTED_MS = 5_000;
const SPAN_MS = 1_000;

type Counted = { span: number; answers: number; before: number };

export class Pace {
  #of = new Map<number, Counted>();
  #span = 0;

  answered(destination: number, durationMs: number, now: number): void {
    if (durationMs <= COUNTED_MS) this.#counted(destination, now).answers++;
  }

  keepsUp(destination: number, now: number): boolean {
    return this.#recent(destination, now) >= ANSWERS;
  }

  /** Whether an answer that took so long may be late by our own doing, with so many others under way. */
  mayBeOwnDelay(destination: number, durationMs: number, underWay: number, now: number): boolean {
    return durationMs <= COUNTED_MS && underWay + this.#recent(destination, now) >= ANSWERS;
  }

  #recent(destination: number, now: number): number {
    if (!this.#of.has(destination)) return 0;
    const { answers, before } = this.#counted(destination, now);
    return answers + before;
  }

  #counted(destination: number, now: number): Counted {
    const span = Math.floor(now / SPAN_MS);
    if (span !== this.#span) this.#forget(span);
    const counted = this.#of.get(destination) ?? { span, answers: 0, before: 0 };
    if (counted.span !== span) {
      counted.before = counted.span === span - 1 ? counted.answers : 0;
      counted.answers = 0;
      counted.span = span;
    }
    this.#of.set(destination, counted);
    return counted;
  }

  /** What has not answered in the span before says nothing any more. */
  #forget(span: number): void {
    for (const [destination, counted] of this.#of) if (counted.span < span - 1) this.#of.delete(destination);
    this.#span = span;
  }
}
