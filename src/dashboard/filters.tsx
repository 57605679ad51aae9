import { firstIdAt } from "../vocabulary/ids";
import { exactly } from "./parts";

/** A range of times from a filter bar, as bounds of event ids; what cannot be read bounds nothing. */
export function timeRange(query: Record<string, string>): { from: string | undefined; to: string | undefined } {
  const { from, to } = timesOf(query);
  return {
    from: from === undefined ? undefined : firstIdAt("evt", from),
    to: to === undefined ? undefined : firstIdAt("evt", to),
  };
}

/** The same in milliseconds since 1970. Pages speak UTC. */
export function timesOf(query: Record<string, string>): { from: number | undefined; to: number | undefined } {
  return { from: msOf(query.from), to: msOf(query.to) };
}

function msOf(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Says so when a search did not look through everything. */
export function SearchCut({ back }: { back: number | null }) {
  if (back === null) return null;
  return (
    <p class="cut" role="status">
      Searched back to {exactly(back)}. “Older” searches on from there.
    </p>
  );
}
