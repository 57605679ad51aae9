/** What is shown instead of a secret value; sent back on a change, it keeps what is stored. */
export const MASK = "***";

/** The same as in `vocabulary/headers.ts`, which this layer may not import. */
type HeaderMap = Record<string, string | string[]>;

/** Headers whose values are no secret, whoever's they are. */
const PUBLIC_NAMES = ["content-type", "accept", "user-agent", "x-source"];

/**
 * A destination's headers with their secrets. Nothing lists or serialises them by accident: `maskHeaders` makes what may
 * be shown, and `reveal` is for whoever sends or seals them.
 */
export class OpenHeaders {
  readonly #headers: HeaderMap;
  readonly #publicNames: readonly string[];

  /** @param publicNames the headers whose values the account shows, in lower case, besides those that everyone does */
  constructor(headers: HeaderMap, publicNames: readonly string[] = []) {
    this.#headers = headers;
    this.#publicNames = publicNames;
  }

  get publicNames(): readonly string[] {
    return this.#publicNames;
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

/** Whether the values of a destination's header, in any case, may be shown after they were given. */
export function isPublicHeader(name: string, publicNames: readonly string[]): boolean {
  const lower = name.toLowerCase();
  return PUBLIC_NAMES.includes(lower) || publicNames.includes(lower);
}

const SENSITIVE_NAME = /auth|token|secret|key|password|cookie|credential|signature/i;

/** Whether a header's name, in any case, suggests a secret: it is masked wherever it comes from. */
export function isSensitiveHeader(name: string): boolean {
  return SENSITIVE_NAME.test(name);
}

/** The headers as they may be shown: one that is not public reads `"***"`, a list of n values n times `"***"`. */
export function maskHeaders(headers: OpenHeaders): MaskedHeaders {
  return mapSecrets(headers.reveal(), headers.publicNames, (_name, value) =>
    Array.isArray(value) ? value.map(() => MASK) : MASK,
  ) as MaskedHeaders;
}

/** A request's lines as they may be shown: those of secret headers read `"***"`. */
export function maskLines(lines: [string, string][], isSecret: (name: string) => boolean): MaskedLines {
  return lines.map(([name, value]) => [name, isSecret(name) ? MASK : value]) as MaskedLines;
}

/**
 * The headers of a change with each `"***"` of a secret header replaced by what is stored under that name, whatever
 * its case; in a list by position. A `"***"` with nothing behind it stays, see `leftoverMasks`.
 */
export function unmaskHeaders(incoming: HeaderMap, stored: OpenHeaders): OpenHeaders {
  const storedValues = new Map(Object.entries(stored.reveal()).map(([name, value]) => [name.toLowerCase(), value]));
  const opened = mapSecrets(incoming, stored.publicNames, (name, value) => {
    const kept = storedValues.get(name.toLowerCase());
    if (kept === undefined) return value;
    if (!Array.isArray(value)) return value === MASK ? kept : value;
    const keptList = [kept].flat();
    return value.map((item, index) => (item === MASK ? (keptList[index] ?? MASK) : item));
  });
  return new OpenHeaders(opened, stored.publicNames);
}

/** Names of the secret headers that still contain `"***"` with no stored value behind it. */
export function leftoverMasks(headers: OpenHeaders): string[] {
  return Object.entries(headers.reveal())
    .filter(([name, value]) => !isPublicHeader(name, headers.publicNames) && [value].flat().includes(MASK))
    .map(([name]) => name);
}

// fromEntries defines own properties, so that a header called `__proto__` stays a header.
function mapSecrets(
  headers: HeaderMap,
  publicNames: readonly string[],
  change: (name: string, value: string | string[]) => string | string[],
): HeaderMap {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      isPublicHeader(name, publicNames) ? value : change(name, value),
    ]),
  );
}
