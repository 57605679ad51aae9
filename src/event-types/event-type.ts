import { isObject, type Json, memberOf } from "../json/json";
import type { Path } from "../json/path";

/** Characters of a type. */
export const EVENT_TYPE_MAX = 128;
/** The sender's word to us. */
export const EVENT_TYPE_HEADER = "cl-x-event-type";
/** CloudEvents over HTTP, binary mode. */
const CLOUDEVENTS_HEADER = "ce-type";

/** Where an account's events have their type, besides the headers that everyone may use. */
export type TypeSources = { header: string | null; path: Path | null };

/**
 * An event's type: of the header `cl-x-event-type`, of the one that the account names, of `ce-type`, or of the text at the
 * account's path in the payload, whichever comes first and is one. Null when none is. Names of `headers` are in lower
 * case; `payload` is asked for only when no header has it. What is stored is found by the database, see db/event-types.
 */
export function eventTypeOf(
  headers: Readonly<Record<string, string>>,
  payload: () => Json,
  { header, path }: TypeSources,
): string | null {
  for (const name of [EVENT_TYPE_HEADER, header, CLOUDEVENTS_HEADER]) {
    const type = name === null ? null : typeIn(memberOf(headers, name));
    if (type !== null) return type;
  }
  return path === null ? null : typeIn(path.reduce(step, payload()));
}

/** Whether the text can be a type: 1 to 128 characters, none of them a space, a control character, `*` or half a character. */
export function isEventType(text: string): boolean {
  return EVENT_TYPE.test(text);
}

const EVENT_TYPE = new RegExp(`^[^\\s\\p{Cc}\\p{Cs}\ufffd*]{1,${EVENT_TYPE_MAX}}$`, "u");

/** As SQLite goes: a position leads into lists, a name into objects. */
function step(value: Json | undefined, key: Path[number]): Json | undefined {
  if (typeof key === "number") return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) && key !== null ? memberOf(value, key) : undefined;
}

function typeIn(value: Json | undefined): string | null {
  return typeof value === "string" && isEventType(value) ? value : null;
}
