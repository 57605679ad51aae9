/**
 * What was made of a setting's keys, as long as the setting is there. Finished things only, never promises: in Workers one
 * request must not await what another has started.
 */
export class KeyCache<Made> {
  readonly #kept = new WeakMap<Uint8Array, Made>();

  /** What was made of that key, or is made of it now. */
  async get(key: Uint8Array, make: () => Promise<Made>): Promise<Made> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = await make();
    this.#kept.set(key, made);
    return made;
  }
}
