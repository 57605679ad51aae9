/** URLs whose queries hold secrets: `https://crm.example/hook?key=***`. */
import { MASK } from "./masking";

/** A URL with the secrets of its query, which nothing lists or serialises by accident. `maskUrl` makes what may be shown. */
export class OpenUrl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  reveal(): string {
    return this.#url;
  }
}

/** The URL as it may be shown: each value of its query reads `***`, and so does a parameter without one. */
export function maskUrl(url: string): string {
  return mapQuery(url, (_name, value) => (value === "" ? value : MASK));
}

/**
 * The URL of a change with each `***` of its query replaced by what is stored under that name, at the same place among
 * the parameters of that name. A `***` with nothing behind it stays, see `isMasked`.
 */
export function unmaskUrl(incoming: string, stored: OpenUrl): string {
  const kept = Map.groupBy(parametersOf(stored.reveal()), ({ name }) => name);
  return mapQuery(incoming, (name, value) => {
    const own = kept.get(name)?.shift();
    return value === MASK ? (own?.value ?? MASK) : value;
  });
}

/** Whether a `***` is left in its query. */
export function isMasked(url: string): boolean {
  return parametersOf(url).some(({ value }) => value === MASK);
}

/** What is secret of a URL: the values of its query, as they are written and decoded. */
export function secretsOfUrl(url: string): string[] {
  return parametersOf(url).flatMap(({ value }) => [value, decoded(value)]);
}

/** Without a value, what stands there is the value of a parameter that has no name: `?dG9rZW4=` may be a whole token. */
type Parameter = { name: string; value: string };

function parametersOf(url: string): Parameter[] {
  const at = url.indexOf("?");
  return at < 0
    ? []
    : url
        .slice(at + 1)
        .split("&")
        .map(parameterOf);
}

function parameterOf(text: string): Parameter {
  const [, name = "", value = text] = /^([^=]*=)(.*[^=].*)$/.exec(text) ?? [];
  return { name, value };
}

function mapQuery(url: string, change: (name: string, value: string) => string): string {
  const at = url.indexOf("?");
  if (at < 0) return url;
  const query = parametersOf(url).map(({ name, value }) => name + change(name, value));
  return url.slice(0, at + 1) + query.join("&");
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}
