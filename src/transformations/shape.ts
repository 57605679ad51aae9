import { queryOf } from "../attempts/query";
import type { HttpMethod } from "../vocabulary/http-method";
import type { Failure } from "./compile";
import type { TransformedEvent } from "./event";
import { Meter } from "./meter";
import { type BodyFormat, type Filled, fillTemplates, type Templates } from "./templates";
import { transform } from "./transform";

/** How a destination wants events: null for what it takes as it comes. */
export type Shaping = { transformation: string | null; templates: Templates | null };

/** An event as a destination wants it. `contentType` null is `application/json`. */
export type Shaped = { payload: string; contentType: string | null; filled: Filled | null; failed?: never };

const CONTENT_TYPES: Record<Exclude<BodyFormat, "json">, string> = {
  form: "application/x-www-form-urlencoded",
  text: "text/plain; charset=utf-8",
};

/**
 * The event as the destination wants it: the same bytes where it wants nothing else. A GET has no body, so the format of
 * one is not looked at. The reason of a failure names what has failed.
 *
 * @param meter of this run alone, see `transform`
 */
export function shape(
  { transformation, templates }: Shaping,
  event: TransformedEvent & { contentType: string | null },
  method: HttpMethod,
  meter = new Meter(),
): Shaped | Failure {
  const made = transformation === null ? { body: event.payload, steps: 0 } : transform(transformation, event, meter);
  if (made.failed !== undefined) return { ...made, failed: `The transformation fails: ${made.failed}` };
  const filled = templates === null ? null : fillTemplates(templates, event);
  if (filled && filled.failed !== undefined) return { ...filled, failed: `The templates fail: ${filled.failed}` };
  const contentType = transformation === null ? event.contentType : null;
  const format = method === "GET" ? "json" : (templates?.body ?? "json");
  if (format === "json") return { payload: made.body, contentType, filled };
  const payload = format === "form" ? queryOf(made.body) : textIn(made.body);
  return payload === null
    ? { failed: "The transformation fails: The result is no text, and the body is to be one", place: null }
    : { payload, contentType: CONTENT_TYPES[format], filled };
}

/** A failure in a sentence, with its place where it is known. */
export function sentenceOf({ failed, place }: Failure): string {
  return place === null ? failed : `${failed} (at character ${place})`;
}

function textIn(json: string): string | null {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : null;
}
