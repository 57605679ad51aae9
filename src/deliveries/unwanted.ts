/**
 * What a destination does not ask for: its subscription and its filter, asked of an event in memory, before the first
 * attempt. It costs the database nothing but what the delivery would have cost as well: its row.
 */
import { isSubscribed } from "../event-types/subscription";
import { compileFilter } from "../filters/compile";
import { explain, matches } from "../filters/evaluate";
import { EventView } from "../filters/event-view";
import { explanationOf } from "../filters/explanation";
import type { Filter } from "../filters/filter";
import type { Mismatch } from "../filters/mismatch";
import { LruCache } from "../security/lru-cache";

/** What a destination asks for, as it is stored: JSON, null for everything. */
export type Wanted = { eventTypes: string | null; filter: string | null; filterRevision: number };

/** Why an event is not wanted, as it is kept: by which revision of types and filter. */
export type Unwanted = { revision: number } & (
  | { reason: "event_type"; type: string | null; wanted: string[] }
  /** Null where the stored filter cannot be read by this version. */
  | { reason: "filter"; mismatch: Mismatch | null }
);

/** Of the types that a destination subscribes to, so many are kept with what it did not get. */
const MOST_KEPT_TYPES = 5;
/** In characters of the texts of which an isolate keeps what they mean. */
const MOST_KEPT = 300_000;

/** Null when the destination asks for the event. A filter that cannot be read asks for nothing: what was not sent still can be. */
export function unwantedBy(
  { eventTypes, filter, filterRevision: revision }: Wanted,
  view: () => EventView,
): Unwanted | null {
  if (eventTypes !== null) {
    const wanted: string[] = JSON.parse(eventTypes);
    const { type } = view();
    if (!isSubscribed(wanted, type)) {
      return { reason: "event_type", revision, type, wanted: wanted.slice(0, MOST_KEPT_TYPES) };
    }
  }
  if (filter === null) return null;
  const event = view();
  const compiled = compiledOf(filter);
  if (compiled === null) return { reason: "filter", revision, mismatch: null };
  if (matches(compiled, event)) return null;
  const mismatch = event.stepsLeft <= 0 ? null : explain(compiled, event);
  return { reason: "filter", revision, mismatch: mismatch ?? { kind: "too_much_work" } };
}

type Content = { payload: string; forwardedHeaders: string | null; eventType: string | null };

/** The event as subscriptions and filters see it, read when the first of them asks. */
export function viewOf({ payload, forwardedHeaders, eventType: type }: Content): () => EventView {
  let view: EventView | null = null;
  return () => {
    view ??= new EventView({ payload, headers: forwardedHeaders === null ? {} : JSON.parse(forwardedHeaders), type });
    return view;
  };
}

/** How it is recorded that a delivery is not made. */
export function filteredBy(unwanted: Unwanted, one: { eventId: string; destination: number; lease: string | null }) {
  const { eventId, destination, lease } = one;
  return { eventId, destination, lease, reason: unwanted.reason, detail: JSON.stringify(unwanted), endsDrain: false };
}

/** Why, in a sentence or two. It has values of the event in it. */
export function whyUnwanted(unwanted: Unwanted): string {
  if (unwanted.reason === "event_type") {
    const type = unwanted.type === null ? "The event has no type" : `The event's type is ${unwanted.type}`;
    const more = unwanted.wanted.length === MOST_KEPT_TYPES ? " and perhaps others" : "";
    return `${type}; the destination asks for ${unwanted.wanted.join(", ")}${more}.`;
  }
  if (unwanted.mismatch === null) return "The destination's filter cannot be read any more. Save it anew.";
  return explanationOf(unwanted.mismatch);
}

const kept = new LruCache<{ filter: Filter | null }>(MOST_KEPT);

function compiledOf(json: string): Filter | null {
  const known = kept.get(json);
  if (known) return known.filter;
  const compiled = compileFilter(json);
  const filter = compiled.kind === "compiled" ? compiled.filter : null;
  kept.set(json, { filter }, json.length);
  return filter;
}
