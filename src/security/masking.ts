/** What is shown instead of a sensitive value; sent back on a change, it keeps what is stored. */
export const MASK = "***";

/** A shorter value is hardly a secret, and masking it would mask half of an answer. */
const SHORTEST_ECHO = 6;

/** The same as in `vocabulary/headers.ts`, which this layer may not import. */
type HeaderMap = Record<string, string | string[]>;

/**
 * Headers with their secrets. Nothing lists or serialises them by accident: `maskHeaders` makes what may be shown, and
 * `reveal` is for whoever sends or seals them.
 */
export class OpenHeaders {
  readonly #headers: HeaderMap;

  constructor(headers: HeaderMap) {
    this.#headers = headers;
  }

  reveal(): HeaderMap {
    return this.#headers;
  }
}

declare const masked: unique symbol;
/** Headers as they may be shown, which only `maskHeaders` makes. */
export type MaskedHeaders = HeaderMap & { readonly [masked]: true };
/** The same as lines, one per value, which only `maskLines` makes. */
export type MaskedLines = [string, string][] & { readonly [masked]: true };

const SENSITIVE_NAME = /auth|token|secret|key|password|cookie|credential|signature/i;

/** Whether a header's name, in any case, suggests a secret that must not be shown again. */
export function isSensitiveHeader(name: string): boolean {
  return SENSITIVE_NAME.test(name);
}

/** The headers as they may be shown: a sensitive header reads `"***"`, a list of n values n times `"***"`. */
export function maskHeaders(headers: OpenHeaders): MaskedHeaders {
  return mapSensitive(headers.reveal(), (_name, value) =>
    Array.isArray(value) ? value.map(() => MASK) : MASK,
  ) as MaskedHeaders;
}

/** A request's lines as they may be shown: those of sensitive headers read `"***"`. */
export function maskLines(lines: [string, string][]): MaskedLines {
  return lines.map(([name, value]) => [name, isSensitiveHeader(name) ? MASK : value]) as MaskedLines;
}

/**
 * The headers of a change with each `"***"` of a sensitive header replaced by what is stored under that name, whatever
 * its case; in a list by position. A `"***"` with nothing behind it stays, see `leftoverMasks`.
 */
export function unmaskHeaders(incoming: HeaderMap, stored: OpenHeaders): OpenHeaders {
  const storedValues = new Map(Object.entries(stored.reveal()).map(([name, value]) => [name.toLowerCase(), value]));
  const opened = mapSensitive(incoming, (name, value) => {
    const kept = storedValues.get(name.toLowerCase());
    if (kept === undefined) return value;
    if (!Array.isArray(value)) return value === MASK ? kept : value;
    const keptList = [kept].flat();
    return value.map((item, index) => (item === MASK ? (keptList[index] ?? MASK) : item));
  });
  return new OpenHeaders(opened);
}

/** Names of the sensitive headers that still contain `"***"` with no stored value behind it. */
export function leftoverMasks(headers: HeaderMap): string[] {
  return Object.entries(headers)
    .filter(([name, value]) => isSensitiveHeader(name) && [value].flat().includes(MASK))
    .map(([name]) => name);
}

/** Masks the values of sensitive headers in text that a receiver may have echoed. */
export function maskEchoes(text: string, headers: HeaderMap): string {
  const values = Object.entries(headers)
    .filter(([name]) => isSensitiveHeader(name))
    .flatMap(([, value]) => [value].flat())
    .flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)])
    .filter((value) => value.length >= SHORTEST_ECHO);
  return values.reduce((masked, value) => masked.replaceAll(value, MASK), text);
}

// fromEntries defines own properties, so that a header called `__proto__` stays a header.
function mapSensitive(
  headers: HeaderMap,
  change: (name: string, value: string | string[]) => string | string[],
): HeaderMap {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSensitiveHeader(name) ? change(name, value) : value]),
  );
}
