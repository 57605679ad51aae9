import { parseExact, parsePlaced } from "../json/exact";
import type { Json } from "../json/json";
import { depthOf } from "../json/scan";

/** Bytes of an event that is transformed. */
export const INPUT_MAX = 262_144;
/** Levels of objects and lists in it. */
export const INPUT_DEPTH_MAX = 100;

/** What is known of an event besides its payload: `$event` in an expression, `event` in a template. */
export type EventFacts = {
  id: string;
  account_id: string;
  /** When it was accepted, RFC 3339: what `$now()` gives, so that each attempt sends the same. */
  received_at: string;
  /** Left out where it has none. */
  type?: string;
};

/** An event to be transformed. `payload` must be valid JSON; names of `headers`, those kept of it, are in lower case. */
export type TransformedEvent = {
  payload: string;
  facts: EventFacts;
  headers: Readonly<Record<string, string | string[]>>;
};

/** The payload, with numbers that a double would change as they were written; or why it is not read, in a sentence. */
export function readPayload(payload: string): { value: Json; failed?: never } | { failed: string } {
  if (payload.length > INPUT_MAX || new TextEncoder().encode(payload).length > INPUT_MAX) {
    return { failed: `The event is larger than ${INPUT_MAX} bytes; larger ones are not transformed` };
  }
  if (depthOf(payload) > INPUT_DEPTH_MAX) {
    return { failed: `The event is nested deeper than ${INPUT_DEPTH_MAX} levels; deeper ones are not transformed` };
  }
  const { value, numbers } = parsePlaced(payload);
  return { value: numbers.length === 0 ? value : parseExact(payload) };
}
