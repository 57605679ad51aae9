import { type PlacedJson, parsePlaced } from "../json/exact";

/** Steps of all filters that are asked of one event; when they are used up, the others do not match. */
export const EVENT_STEPS_MAX = 300_000;

/** An event as filters see it: one for all filters, parsed when the first one asks. */
export class EventView {
  stepsLeft = EVENT_STEPS_MAX;
  readonly type: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly #text: string;
  #parsed: PlacedJson | null = null;

  /** `payload` must be valid JSON; names of `headers` are in lower case. */
  constructor(event: { payload: string; headers: Readonly<Record<string, string>>; type: string | null }) {
    this.#text = event.payload;
    this.headers = event.headers;
    this.type = event.type;
  }

  /** The payload, with places for the numbers that a double would change. */
  get payload(): PlacedJson {
    this.#parsed ??= parsePlaced(this.#text);
    return this.#parsed;
  }
}
