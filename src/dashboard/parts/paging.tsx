/** The way through a list: its filters, its pages. */
import { Foreign } from "./elements";

export type Filter = { name: string; label: string; value: string | undefined };

/** The filters that are on, each with a way to take it off; the rest of the view stays. */
export function Chips({ path, filters }: { path: string; filters: Filter[] }) {
  const on = filters.filter((filter): filter is Filter & { value: string } => Boolean(filter.value));
  if (on.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters">
      {on.map(({ name, label, value }) => (
        <li>
          {label}: <Foreign text={value} />{" "}
          <a href={viewWithout(path, on, name)} aria-label={`Remove the filter ${label}`}>
            ✕
          </a>
        </li>
      ))}
    </ul>
  );
}

function viewWithout(path: string, filters: { name: string; value: string }[], name: string): string {
  return viewOf(
    path,
    Object.fromEntries(filters.filter((other) => other.name !== name).map((one) => [one.name, one.value])),
  );
}

/** A view's URL: its path with the filters that are set. */
export function viewOf(path: string, query: Record<string, string | undefined | null>): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set)}`;
}

/** The way to the next page of a list. */
export function Pager({
  path,
  query,
  next,
}: {
  path: string;
  query: Record<string, string | undefined>;
  next: string | null;
}) {
  if (next === null && !query.cursor) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {query.cursor ? <a href={viewOf(path, { ...query, cursor: undefined })}>Newest</a> : null}
      {next === null ? null : (
        <a href={viewOf(path, { ...query, cursor: next })} rel="next">
          Older
        </a>
      )}
    </nav>
  );
}
