/**
 * Group commit, as databases do it: the first to come commits at once; what arrives while that is in flight shares the
 * next transaction. A lone request waits for nobody, a busy isolate pays for one round trip instead of thirty.
 *
 * Requests depend on each other here, so each can go on without the others: leadership is handed on after every
 * commit, and whoever has waited `patienceMs` leads by itself with all that waits. Items must therefore be
 * safe to commit twice.
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

type Turn<Result> = { lead: true } | { lead: false; result: Result };
type Seat<Item, Result> = {
  item: Item;
  resolve: (turn: Turn<Result>) => void;
  reject: (error: unknown) => void;
};

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
      if (!turn.lead) return turn.result;
    }
    return this.#lead(item);
  }

  #wait(item: Item): Promise<Turn<Result>> {
    return new Promise((resolve, reject) => {
      const seat = {
        item,
        resolve: (turn: Turn<Result>) => {
          clearTimeout(patience);
          resolve(turn);
        },
        reject: (error: unknown) => {
          clearTimeout(patience);
          reject(error);
        },
      };
      const patience = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== seat);
        resolve({ lead: true });
      }, this.limits.patienceMs);
      this.#waiting.push(seat);
    });
  }

  async #lead(own: Item): Promise<Result> {
    this.#leader = own;
    const followers = this.#takeGroup(own);
    try {
      const [result, ...others] = await this.commit([own, ...followers.map((seat) => seat.item)]);
      followers.forEach((seat, i) => {
        seat.resolve({ lead: false, result: others[i] as Result });
      });
      return result as Result;
    } catch (error) {
      if (followers.length === 0 || this.limits.concernsAll(error)) {
        for (const seat of followers) seat.reject(error);
        throw error;
      }
      // One bad item fails the whole transaction, so each goes by itself.
      const alone = followers.map((seat) =>
        this.#commitAlone(seat.item).then((result) => seat.resolve({ lead: false, result }), seat.reject),
      );
      return await Promise.all([this.#commitAlone(own), ...alone]).then(([result]) => result);
    } finally {
      this.#handOn(own);
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
    next?.resolve({ lead: true });
  }
}
