type Entry<Made> = { made: Made; weight: number };

/**
 * What was made of something costly, by name, for one isolate: what was used last, up to a total weight. Finished things
 * only, never promises: in Workers one request must not await what another has started.
 */
export class LruCache<Made> {
  readonly #entries = new Map<string, Entry<Made>>();
  #weight = 0;

  /** @param most the total of all weights, which are characters or bytes */
  constructor(private readonly most: number) {}

  get(name: string): Made | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    // behind all others, of which the first goes
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.made;
  }

  set(name: string, made: Made, weight: number): this {
    this.#forget(name);
    if (weight > this.most) return this;
    this.#entries.set(name, { made, weight });
    this.#weight += weight;
    for (const first of this.#entries.keys()) {
      if (this.#weight <= this.most) break;
      this.#forget(first);
    }
    return this;
  }

  #forget(name: string): void {
    this.#weight -= this.#entries.get(name)?.weight ?? 0;
    this.#entries.delete(name);
  }
}
