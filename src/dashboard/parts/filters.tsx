import type { Viewer } from "../session/viewer";
import { exactly, type Filter } from "./elements";

type Query = Record<string, string>;

/** A range of times from a filter bar, in milliseconds since 1970; what cannot be read bounds nothing. Pages speak UTC. */
export function timesOf(query: Query): { from: number | undefined; to: number | undefined } {
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

/** The field for an account, which only an operator has a choice of. */
export function AccountField({ viewer, query }: { viewer: Viewer; query: Query }) {
  if (viewer.kind === "tenant") return null;
  return (
    <label>
      Account
      <input name="account_id" value={query.account_id} />
    </label>
  );
}

/** A field that takes one of a few words, or any. */
export function ChoiceField(props: {
  name: string;
  label: string;
  any: string;
  words: readonly string[];
  query: Query;
}) {
  return (
    <label>
      {props.label}
      <select name={props.name}>
        <option value="">{props.any}</option>
        {props.words.map((word) => (
          <option value={word} selected={props.query[props.name] === word}>
            {word.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The fields for a range of times. */
export function TimeFields({ query }: { query: Query }) {
  return (
    <>
      <label>
        From (UTC)
        <input type="datetime-local" name="from" value={query.from} />
      </label>
      <label>
        To (UTC)
        <input type="datetime-local" name="to" value={query.to} />
      </label>
    </>
  );
}

/** What a view is filtered by: its account if the viewer has a choice, what its list alone has, its times. */
export function filtersOf(viewer: Viewer, query: Query, own: [name: string, label: string][]): Filter[] {
  return [
    ...(viewer.kind === "operator" ? [["account_id", "Account"] as const] : []),
    ...own,
    ["from", "From"] as const,
    ["to", "To"] as const,
  ].map(([name, label]) => ({ name, label, value: query[name] }));
}
