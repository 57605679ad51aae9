/** A receiver in one of the ways in which receivers are, who remembers what came, when, and how it was answered. */
import { type Behaviour, hangs, headerLines, Receiver, refuses, thanks } from "./receiver.ts";

/** A request that arrived. A life lasts from one start of the gateway to its end, or to a leap of its time. */
export type Sighting = { webhookId: string; payload: string; at: number; life: number; ok: boolean; hung: boolean };

/** How the n-th request is answered, counted from 0. */
export type Manner = (n: number) => Behaviour;

export const always: Manner = () => thanks;
export const never: Manner = () => refuses;
/** Two of ten are refused, one after the other. */
export const flapping: Manner = (n) => (n % 10 < 2 ? refuses : thanks);
/** One of twenty is never answered. */
export const hanging: Manner = (n) => (n % 20 === 7 ? hangs : thanks);

export class Witness {
  readonly sightings: Sighting[] = [];
  /** Can be changed at any time. */
  manner: Manner;
  readonly #receiver: Receiver;

  private constructor(receiver: Receiver, manner: Manner, lifeOf: () => number) {
    this.#receiver = receiver;
    this.manner = manner;
    receiver.behaviour = (response, request) => {
      const arrival = receiver.arrivals.at(-1);
      if (!arrival) throw new Error("nothing has arrived");
      const behaviour = this.manner(this.sightings.length);
      const webhookId = headerLines(arrival, "webhook-id").join();
      const seen = { webhookId, payload: arrival.body.toString(), at: Date.now(), life: lifeOf() };
      this.sightings.push({ ...seen, ok: behaviour === thanks, hung: behaviour === hangs });
      behaviour(response, request);
    };
  }

  static async open(manner: Manner, lifeOf: () => number): Promise<Witness> {
    return new Witness(await Receiver.open(), manner, lifeOf);
  }

  get url(): string {
    return this.#receiver.url;
  }

  close(): void {
    this.#receiver.close();
  }
}
