/** How many bytes of bodies an isolate holds at a time: it has 128 MB for everything, and a body is held about twice. */
const MOST_HELD_BYTES = 24_000_000;

/** What one request holds. */
export type Hold = {
  /** Holds so many bytes more; false when there is no room for them. */
  add(bytes: number): boolean;
  /** Lets go of all. */
  end(): void;
};

/** Counts the bytes of bodies that are being worked on. */
export class HeldBytes {
  #held = 0;

  constructor(private readonly most = MOST_HELD_BYTES) {}

  begin(): Hold {
    let own = 0;
    return {
      add: (bytes) => {
        if (this.#held + bytes > this.most) return false;
        this.#held += bytes;
        own += bytes;
        return true;
      },
      end: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }
}
