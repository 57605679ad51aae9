const MOST_KEPT = 64;

/**
 * What was made of keys, for one isolate. Finished things only, never promises: in Workers one request must not await what
 * another has started.
 */
export class KeyCache<Made> {
  readonly #kept = new Map<string, Made>();

  /** What was made of that key, or is made of it now. */
  async get(secret: Uint8Array, make: () => Promise<Made>): Promise<Made> {
    const name = secret.toBase64();
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const made = await make();
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(name, made);
    return made;
  }
}
