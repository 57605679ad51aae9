import { isRaw, type Json } from "../json/json";
import { type Path, valueAt } from "../json/path";
import { LruCache } from "../security/lru-cache";
import type { Failure } from "./compile";
import { readPayload, type TransformedEvent } from "./event";
import { fill, parseTemplate, type Template } from "./template";

/** How the body is written: as JSON, as an HTML form would be, or a text as it is. */
export const BODY_FORMATS = ["json", "form", "text"] as const;
export type BodyFormat = (typeof BODY_FORMATS)[number];

/** What a destination makes of each event for its URL and headers: texts with `{{ path }}` in them, see `parseTemplate`. */
export type Templates = {
  /** Stands behind the URL's own path. */
  path?: string | undefined;
  /** Parameters behind the URL's own. */
  query?: Record<string, string> | undefined;
  /** In the place of the destination's and the event's of the same name. */
  headers?: Record<string, string> | undefined;
  body?: BodyFormat | undefined;
};

/** Filled for one event. `query` is encoded, without `?`. */
export type Filled = { path: string; query: string; headers: [string, string][]; failed?: never };

const HEADER_VALUE_MAX = 4_096;

/** In characters of the templates that an isolate keeps read. */
const MOST_KEPT = 100_000;
const read = new LruCache<Template>(MOST_KEPT);

/**
 * The templates with what the event has. A parameter or header of which something is not there is left out; a path is
 * not, and fails. What is found can change neither the place where the request goes, nor add a header or parameter.
 */
export function fillTemplates(templates: Templates, event: TransformedEvent): Filled | Failure {
  const find = finder(event);
  try {
    const path = templates.path === undefined ? "" : fill(templateOf(templates.path), filledIn(find), encode);
    if (path === null) return failure("The template of the path names something that this event does not have");
    if (!isPlainPath(path)) return failure("The path that the template makes has a part that is empty, . or ..");
    const query = Object.entries(templates.query ?? {}).flatMap(([name, text]) => {
      const value = fill(templateOf(text), find, (found) => found);
      return value === null ? [] : [`${encode(name)}=${encode(value)}`];
    });
    const headers: [string, string][] = [];
    for (const [name, text] of Object.entries(templates.headers ?? {})) {
      const value = fill(templateOf(text), find, (found) => headerText(name, found));
      if (value === null) continue;
      if (value.length > HEADER_VALUE_MAX)
        return failure(`The header ${name} would be longer than ${HEADER_VALUE_MAX}`);
      headers.push([name, value]);
    }
    return { path, query: query.join("&"), headers };
  } catch (thrown) {
    if (thrown instanceof Unread) return failure(thrown.message);
    throw thrown;
  }
}

class Unread extends Error {}

/** Looks things up in the event, whose payload is read when the first path asks for it. */
function finder({ payload, facts, headers }: TransformedEvent): (path: Path) => Json | undefined {
  let body: { value: Json } | null = null;
  return ([root, ...rest]) => {
    if (root === "event") return valueAt(facts, rest);
    if (root === "headers")
      return valueAt(
        { ...headers },
        rest.map((name) => String(name).toLowerCase()),
      );
    if (body === null) {
      const parsed = readPayload(payload);
      if (parsed.failed !== undefined) throw new Unread(parsed.failed);
      body = parsed;
    }
    return isRaw(body.value) && rest.length > 0 ? undefined : valueAt(body.value, rest);
  };
}

/** An empty text has no place in a path: `/orders/` may be all orders. */
function filledIn(find: (path: Path) => Json | undefined): typeof find {
  return (path) => find(path) || undefined;
}

function templateOf(text: string): Template {
  const known = read.get(text);
  if (known !== undefined) return known;
  const { template, failed } = parseTemplate(text);
  // validated when it was saved
  if (failed !== undefined) throw new Unread(failed);
  read.set(text, template, text.length + 1);
  return template;
}

/** Whether no part of it climbs, or is swallowed, where the URL is parsed. */
function isPlainPath(path: string): boolean {
  return (
    path === "" ||
    (path
      .split("/")
      .slice(1)
      .every((part) => !/^(?:\.|%2e){1,2}$/i.test(part)) &&
      !path.includes("//"))
  );
}

// The apostrophe too, since URL parsing would encode it after the signature was made.
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27");
}

/** Of `ce-` headers as CloudEvents over HTTP has it, section 3.1.3.2; of others, what is not printable ASCII. */
function headerText(name: string, text: string): string {
  const escaped = name.toLowerCase().startsWith("ce-") ? /[^\x21-\x7e]|["%]/gu : /[^\x20-\x7e]/gu;
  return text.toWellFormed().replace(escaped, encodeURIComponent);
}

function failure(failed: string): Failure {
  return { failed, place: null };
}
