/** What is sent while the gateway is killed again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, ingest } from "../../support/client.ts";
import type { Gateway } from "./gateway.ts";

const SENDERS = 16;

/** Senders that go on while the gateway is up. No payload is sent twice: an answer that is lost stays unknown. */
export class Load {
  readonly answered = new Set<string>();
  sent = 0;
  readonly #gateway: Gateway;
  readonly #account: Account;
  #wanted = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(gateway: Gateway, account: Account) {
    this.#gateway = gateway;
    this.#account = account;
  }

  /** Sends until so many were answered, and then goes on until the pause. */
  async until(answered: number, deadline: number): Promise<void> {
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#running = Promise.all(Array.from({ length: SENDERS }, () => this.#sender()));
    while (this.answered.size < answered) {
      if (Date.now() > deadline) throw new Error(`only ${this.answered.size} events were answered in time`);
      await sleep(1);
    }
  }

  async pause(): Promise<void> {
    this.#wanted = 0;
    await this.#running;
  }

  async #sender(): Promise<void> {
    while (this.answered.size < this.#wanted) {
      const payload = `{"event":${++this.sent}}`;
      try {
        const { status } = await ingest(this.#gateway, this.#account.app_secret_token, payload);
        if (status >= 200 && status <= 299) this.answered.add(payload);
      } catch {
        return; // killed: nothing was promised
      }
    }
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
