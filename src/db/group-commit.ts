/**
 * Group commit, as databases do it: the first to come commits at once; what arrives while that is in flight shares the
 * next transaction. A lone request waits for nobody, a busy isolate pays for one round trip instead of thirty.
 *
 * No request may depend on another to finish: leadership is handed on after every
 * commit, and whoever has waited `patienceMs` leads by itself with all that waits. Items must therefore be
 * safe to commit twice.
 *
 * A follower awaits a promise of its own, which the leader resolves: workerd then goes on in the follower's context, by
 * `handle_cross_request_promise_resolution`, on since compatibility date 2024-10-14. What belongs to a request's
 * context, such as its timer, only that request touches.
 */
export type GroupLimits<Item> = {
  maxItems: number;
  /** Sum of `weigh` over a group, unless one item alone is heavier. */
  maxWeight: number;
  weigh: (item: Item) => number;
  patienceMs: number;
  /** Who leads after another waits so long for more to join; a lone one never does. */
  lingerMs: number;
  /** Whether what a commit threw would meet every item alike, so that trying them one by one is no use. */
  concernsAll: (error: unknown) => boolean;
};

/** What the leader leaves for a follower: its result, what its commit threw, or the lead. */
type Outcome<Result> = { kind: "committed"; result: Result } | { kind: "failed"; error: unknown } | { kind: "lead" };
type Follower<Item, Result> = { item: Item; wake: (outcome: Outcome<Result>) => void };

export class GroupCommit<Item, Result> {
  #waiting: Follower<Item, Result>[] = [];
  #leader: Item | null = null;

  /** @param commit one transaction for all items; answers in their order, or throws and has stored nothing of them. */
  constructor(
    private readonly commit: (items: Item[]) => Promise<Result[]>,
    private readonly limits: GroupLimits<Item>,
  ) {}

  /** Resolves once the item is committed; rejects with what its own commit threw. */
  async submit(item: Item): Promise<Result> {
    if (this.#leader !== null) {
      const outcome = await this.#wait(item);
      if (outcome.kind === "committed") return outcome.result;
      if (outcome.kind === "failed") throw outcome.error;
      if (this.limits.lingerMs > 0) await new Promise((resolve) => setTimeout(resolve, this.limits.lingerMs));
    }
    return this.#lead(item);
  }

  async #wait(item: Item): Promise<Outcome<Result>> {
    const { promise, resolve } = Promise.withResolvers<Outcome<Result>>();
    const follower: Follower<Item, Result> = { item, wake: resolve };
    this.#waiting.push(follower);
    const patience = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== follower);
      resolve({ kind: "lead" });
    }, this.limits.patienceMs);
    const outcome = await promise;
    clearTimeout(patience);
    return outcome;
  }

  async #lead(own: Item): Promise<Result> {
    this.#leader = own;
    const followers = this.#takeGroup(own);
    try {
      const [result, ...others] = await this.commit([own, ...followers.map((follower) => follower.item)]);
      followers.forEach((follower, i) => {
        follower.wake({ kind: "committed", result: others[i] as Result });
      });
      return result as Result;
    } catch (error) {
      if (followers.length === 0 || this.limits.concernsAll(error)) {
        for (const follower of followers) follower.wake({ kind: "failed", error });
        throw error;
      }
      // One bad item fails the whole transaction, so each goes by itself.
      const [result] = await Promise.all([
        this.#commitAlone(own),
        ...followers.map((follower) => this.#commitFor(follower)),
      ]);
      return result;
    } finally {
      this.#handOn(own);
    }
  }

  async #commitFor(follower: Follower<Item, Result>): Promise<void> {
    try {
      follower.wake({ kind: "committed", result: await this.#commitAlone(follower.item) });
    } catch (error) {
      follower.wake({ kind: "failed", error });
    }
  }

  async #commitAlone(item: Item): Promise<Result> {
    const [result] = await this.commit([item]);
    return result as Result;
  }

  #takeGroup(own: Item): Follower<Item, Result>[] {
    let weight = this.limits.weigh(own);
    let count = 0;
    for (const follower of this.#waiting) {
      weight += this.limits.weigh(follower.item);
      if (count + 1 >= this.limits.maxItems || weight > this.limits.maxWeight) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #handOn(own: Item): void {
    if (this.#leader !== own) return;
    const next = this.#waiting.shift();
    this.#leader = next?.item ?? null;
    next?.wake({ kind: "lead" });
  }
}
