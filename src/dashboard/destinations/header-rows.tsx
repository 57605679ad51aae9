/**
 * A destination's headers as rows of a form, one value each; a name that comes again makes a list. A secret value is
 * shown as `***` together with its place among the stored values of that name, so that it is kept wherever its row goes.
 */
import { isPublicHeader, MASK, type MaskedHeaders, type OpenHeaders } from "../../security/masking";
import type { HeaderMap } from "../../vocabulary/headers";
import type { Errors } from "../parts/forms";

export type HeaderRow = { name: string; value: string; at: string };

const SPARE_ROWS = 3;

export function rowsOf(headers: MaskedHeaders): HeaderRow[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((item, at) => ({ name, value: item, at: String(at) })),
  );
}

/** The rows of the form, without empty ones. */
export function rowsFrom(form: FormData): HeaderRow[] {
  const [names, values, places] = ["header_name", "header_value", "header_at"].map((name) =>
    form.getAll(name).map(String),
  );
  return (names ?? [])
    .map((name, i) => ({ name: name.trim(), value: values?.[i] ?? "", at: places?.[i] ?? "" }))
    .filter(({ name, value }) => name !== "" || value !== "");
}

/** The headers that the rows add up to. A `***` stands for the stored value of the same name only, never under another. */
export function headersOf(rows: HeaderRow[], stored: OpenHeaders): HeaderMap {
  const storedValues = new Map(
    Object.entries(stored.reveal()).map(([name, value]) => [name.toLowerCase(), [value].flat()]),
  );
  const headers = new Map<string, { name: string; values: string[] }>();
  for (const { name, value, at } of rows) {
    const key = name.toLowerCase();
    const kept =
      value === MASK && !isPublicHeader(name, stored.publicNames) && at !== ""
        ? storedValues.get(key)?.[Number(at)]
        : undefined;
    const header = headers.get(key) ?? { name, values: [] };
    header.values.push(kept ?? value);
    headers.set(key, header);
  }
  return Object.fromEntries(
    [...headers.values()].map(({ name, values: [first = "", ...more] }) => [
      name,
      more.length === 0 ? first : [first, ...more],
    ]),
  );
}

export function HeaderRows({ rows, errors }: { rows: HeaderRow[]; errors: Errors }) {
  const spare = Array.from({ length: SPARE_ROWS }, () => ({ name: "", value: "", at: "" }));
  const told = new Set<string>();
  return (
    <fieldset class="field">
      <legend>Headers</legend>
      <small>
        One value per row; the same name in several rows makes a list. Once saved a value is shown as ***; leave *** to
        keep it. The account can name headers whose values stay visible.
      </small>
      {errors.headers ? (
        <small class="error" role="alert">
          {errors.headers}
        </small>
      ) : null}
      <div id="header-rows">
        {[...rows, ...spare].map((row, i) => {
          const isSpare = i >= rows.length;
          const key = row.name.toLowerCase();
          const error = isSpare || told.has(key) ? undefined : errorOf(errors, row.name);
          told.add(key);
          return <Row row={row} index={i} error={error} />;
        })}
      </div>
      <button type="button" class="secondary outline script-only" data-add-row="header-rows">
        Add a row
      </button>
    </fieldset>
  );
}

function Row({ row, index, error }: { row: HeaderRow; index: number; error: string | undefined }) {
  const wrong = error !== undefined && {
    "aria-invalid": "true" as const,
    "aria-describedby": `header-${index}-error`,
  };
  return (
    <div class="header-row" data-form-row>
      <input
        name="header_name"
        value={row.name}
        aria-label="Header name"
        placeholder="Name"
        autocomplete="off"
        {...wrong}
      />
      <input
        name="header_value"
        value={row.value}
        aria-label="Value"
        placeholder="Value"
        autocomplete="off"
        {...wrong}
      />
      <input type="hidden" name="header_at" value={row.at} />
      <button type="button" class="secondary outline script-only" data-remove-row>
        Remove
      </button>
      {error === undefined ? null : (
        <small id={`header-${index}-error`} class="error" role="alert">
          {error}
        </small>
      )}
    </div>
  );
}

function errorOf(errors: Errors, name: string): string | undefined {
  const path = `headers.${name}`.toLowerCase();
  return Object.entries(errors).find(([key]) => key.toLowerCase() === path)?.[1];
}
