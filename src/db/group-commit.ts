/**
 * Group commit, as databases do it: the first to come commits at once; what arrives while that is in flight shares the
 * next transaction. A lone request waits for nobody, a busy isolate pays for one round trip instead of thirty.
 *
 * Requests depend on each other here, so each can go on without the others: leadership is handed on after every
 * commit, and whoever has waited `patienceMs` leads by itself with all that waits. Items must therefore be
 * safe to commit twice.
 *
 * A follower looks at its seat by a timer of its own instead of awaiting the leader: a promise that another request
 * settles goes on in that request's context, where the follower's own I/O is refused and connections leak.
 */
export type GroupLimits<Item> = {
  maxItems: number;
  /** Sum of `weigh` over a group, unless one item alone is heavier. */
  maxWeight: number;
  weigh: (item: Item) => number;
  patienceMs: number;
  /** Whether what a commit threw would meet every item alike, so that trying them one by one is no use. */
  concernsAll: (error: unknown) => boolean;
};

/** What the leader left for a follower: its result, what its commit threw, or the lead. */
type Turn<Result> = { kind: "committed"; result: Result } | { kind: "failed"; error: unknown } | { kind: "lead" };
type Seat<Item, Result> = { item: Item; turn: Turn<Result> | null };

const LOOK_EVERY_MS = 2;

export class GroupCommit<Item, Result> {
  #waiting: Seat<Item, Result>[] = [];
  #leader: Item | null = null;

  /** @param commit one transaction for all items; answers in their order, or throws and has stored nothing of them. */
  constructor(
    private readonly commit: (items: Item[]) => Promise<Result[]>,
    private readonly limits: GroupLimits<Item>,
  ) {}

  /** Resolves once the item is committed; rejects with what its own commit threw. */
  async submit(item: Item): Promise<Result> {
    if (this.#leader !== null) {
      const turn = await this.#wait(item);
      if (turn.kind === "committed") return turn.result;
      if (turn.kind === "failed") throw turn.error;
    }
    return this.#lead(item);
  }

  async #wait(item: Item): Promise<Turn<Result>> {
    const seat: Seat<Item, Result> = { item, turn: null };
    this.#waiting.push(seat);
    for (let waitedMs = 0; waitedMs < this.limits.patienceMs; waitedMs += LOOK_EVERY_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (seat.turn) return seat.turn;
    }
    this.#waiting = this.#waiting.filter((other) => other !== seat);
    return { kind: "lead" };
  }

  async #lead(own: Item): Promise<Result> {
    this.#leader = own;
    const followers = this.#takeGroup(own);
    try {
      const [result, ...others] = await this.commit([own, ...followers.map((seat) => seat.item)]);
      followers.forEach((seat, i) => {
        seat.turn = { kind: "committed", result: others[i] as Result };
      });
      return result as Result;
    } catch (error) {
      if (followers.length === 0 || this.limits.concernsAll(error)) {
        for (const seat of followers) seat.turn = { kind: "failed", error };
        throw error;
      }
      // One bad item fails the whole transaction, so each goes by itself.
      const [result] = await Promise.all([this.#commitAlone(own), ...followers.map((seat) => this.#serve(seat))]);
      return result;
    } finally {
      this.#handOn(own);
    }
  }

  async #serve(seat: Seat<Item, Result>): Promise<void> {
    try {
      seat.turn = { kind: "committed", result: await this.#commitAlone(seat.item) };
    } catch (error) {
      seat.turn = { kind: "failed", error };
    }
  }

  async #commitAlone(item: Item): Promise<Result> {
    const [result] = await this.commit([item]);
    return result as Result;
  }

  #takeGroup(own: Item): Seat<Item, Result>[] {
    let weight = this.limits.weigh(own);
    let count = 0;
    for (const seat of this.#waiting) {
      weight += this.limits.weigh(seat.item);
      if (count + 1 >= this.limits.maxItems || weight > this.limits.maxWeight) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #handOn(own: Item): void {
    if (this.#leader !== own) return;
    const next = this.#waiting.shift();
    this.#leader = next?.item ?? null;
    if (next) next.turn = { kind: "lead" };
  }
}
