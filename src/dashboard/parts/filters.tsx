/** The filters of a list: read from its URL, shown in their fields, and what is wrong with those that cannot be read. */
import type { Child } from "hono/jsx";
import { nearest } from "../../vocabulary/nearest";
import type { Viewer } from "../session/viewer";
import { exactly, Foreign, Notice } from "./elements";
import type { Errors } from "./forms";
import type { Filter } from "./paging";

type Query = Record<string, string>;

/** How one filter is read: its value, or null with what to give instead. */
type Reader<Value> = { label: string; read: (text: string) => Value | null; error: string };

export type Filters<Values> = {
  /** What could be read. */
  values: Partial<Values>;
  /** What the fields show: what was given, without blanks around it. */
  given: Query;
  /** What is wrong, by the field; with any of these a list shows nothing, since it would show too much. */
  errors: Errors;
  /** Each with a way to take it off. */
  chips: Filter[];
};

/** What a page's own parameters are besides its filters. */
const OF_EVERY_LIST = ["cursor", "sent"];

/** Reads the filters of a view. What is empty is not given; what is unknown is an error as much as what cannot be read. */
export function readFilters<Values>(
  viewer: Viewer,
  query: Query,
  readers: { [Name in keyof Values & string]: Reader<Values[Name]> },
): Filters<Values & { account_id: string }> {
  type All = Values & { account_id: string };
  const all = Object.entries<Reader<unknown>>({
    ...(viewer.kind === "operator" && { account_id: textFilter("Account") }),
    ...readers,
  });
  const read: Filters<All> = { values: {}, given: {}, errors: {}, chips: [] };
  for (const [name, text] of Object.entries(query)) {
    const reader = all.find(([known]) => known === name)?.[1];
    const given = text.trim();
    if (!reader) {
      if (!OF_EVERY_LIST.includes(name))
        read.errors[name] = unknown(
          name,
          all.map(([known]) => known),
        );
      continue;
    }
    if (given === "") continue;
    read.given[name] = given;
    const value = reader.read(given);
    if (value === null) read.errors[name] = reader.error;
    else Object.assign(read.values, { [name]: value });
  }
  read.chips = all
    .filter(([name]) => Object.hasOwn(read.values, name))
    .map(([name, { label }]) => ({ name, label, value: read.given[name] }));
  return read;
}

function unknown(name: string, known: string[]): string {
  const meant = nearest(name, known);
  return meant === null ? "There is no such filter." : `There is no such filter. Did you mean ${meant}?`;
}

export function textFilter(label: string): Reader<string> {
  return { label, read: (text) => text, error: "" };
}

export function wordFilter<Word extends string>(label: string, words: readonly Word[]): Reader<Word> {
  return {
    label,
    read: (text) => words.find((word) => word === text) ?? null,
    error: `Choose one of ${words.map((word) => word.replaceAll("_", " ")).join(", ")}.`,
  };
}

export function statusFilter(label: string): Reader<number> {
  return {
    label,
    read: (text) => (/^\d{1,3}$/.test(text) ? Number(text) : null),
    error: "Give a status code, such as 503.",
  };
}

/** A time in milliseconds since 1970; without a zone it is in UTC, as pages are. */
export function timeFilter(label: string): Reader<number> {
  return { label, read: (text) => timeOf(text) ?? null, error: "Give a time, such as 2026-11-24T08:30." };
}

/** A time as a form or a URL has it, in milliseconds since 1970; undefined where there is none that can be read. */
export function timeOf(text: string | undefined): number | undefined {
  if (!text) return undefined;
  // in a URL the + of an offset has become a space
  const zoned = text.trim().replace(/ (?=\d\d:\d\d$)/, "+");
  const ms = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/i.test(zoned) ? zoned : `${zoned}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** In the place of a list whose filters cannot be read, and above the fields those that have none. */
export function FilterProblems({ errors, given }: { errors: Errors; given: Query }) {
  const without = Object.entries(errors).filter(([name]) => !Object.hasOwn(given, name));
  if (Object.keys(errors).length === 0) return null;
  return (
    <Notice tone="bad">
      Nothing is listed, since a filter cannot be read.
      {without.map(([name, message]) => (
        <>
          {" "}
          <Foreign text={name} />: {message}
        </>
      ))}
    </Notice>
  );
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

type FieldProps = { filters: Pick<Filters<unknown>, "given" | "errors"> };

/** A filter's field with its label, and what is wrong with it. */
function FilterField(props: FieldProps & { name: string; label: string; wide?: boolean; children: Child }) {
  const error = props.filters.errors[props.name];
  return (
    <div class={props.wide ? "filter wide" : "filter"}>
      <label for={`filter-${props.name}`}>{props.label}</label>
      {props.children}
      {error === undefined ? null : (
        <small id={`filter-${props.name}-error`} class="error" role="alert">
          {error}
        </small>
      )}
    </div>
  );
}

function named({ errors }: FieldProps["filters"], name: string) {
  const wrong = { "aria-invalid": "true" as const, "aria-describedby": `filter-${name}-error` };
  return { id: `filter-${name}`, name, ...(errors[name] !== undefined && wrong) };
}

/** A field for a line of text. */
export function TextField(
  props: FieldProps & { name: string; label: string; wide?: boolean; type?: string } & Record<string, unknown>,
) {
  const { filters, name, label, wide = false, ...input } = props;
  return (
    <FilterField filters={filters} name={name} label={label} wide={wide}>
      <input value={filters.given[name]} {...input} {...named(filters, name)} />
    </FilterField>
  );
}

/** The field for an account, which only an operator has a choice of. */
export function AccountField({ viewer, filters }: FieldProps & { viewer: Viewer }) {
  return viewer.kind === "tenant" ? null : <TextField filters={filters} name="account_id" label="Account" />;
}

/** A field that takes one of a few words, or any. */
export function ChoiceField(
  props: FieldProps & { name: string; label: string; any: string; words: readonly string[] },
) {
  const { filters, name } = props;
  const chosen = filters.given[name];
  const words = chosen === undefined || props.words.includes(chosen) ? props.words : [chosen, ...props.words];
  return (
    <FilterField {...props}>
      <select {...named(filters, name)}>
        <option value="">{props.any}</option>
        {words.map((word) => (
          <option value={word} selected={chosen === word}>
            {word.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </FilterField>
  );
}

/** The fields for a range of times. */
export function TimeFields({ filters }: FieldProps) {
  return (
    <>
      <TimeField filters={filters} name="from" label="From (UTC)" />
      <TimeField filters={filters} name="to" label="To (UTC)" />
    </>
  );
}

/** The browser's own field for a time shows nothing but its own form of it, and nothing at all of what is no time. */
function TimeField({ filters, name, label }: FieldProps & { name: string; label: string }) {
  const at = timeOf(filters.given[name]);
  if (at === undefined) {
    const type = filters.given[name] === undefined ? "datetime-local" : "text";
    return <TextField filters={filters} name={name} label={label} type={type} step="1" />;
  }
  const value = new Date(at).toISOString().replace(/(?::00)?(?:\.000)?Z$/, "");
  return <TextField filters={filters} name={name} label={label} type="datetime-local" step="any" value={value} />;
}
