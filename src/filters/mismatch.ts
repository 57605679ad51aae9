import { isObject, isRaw, type Json } from "../json/json";
import type { Test } from "./filter";

/** Characters of a value that is shown. */
const SHOWN_MAX = 100;

/** Why an event is not one that a filter asks for. */
export type Mismatch = Unmet | { kind: "too_much_work" };

/** The first condition that did not hold. */
export type Unmet = {
  kind: "condition";
  /** Where it stands in the filter: `order.total.$gte`; empty for the filter itself. */
  filterPath: string;
  /** Where it looked in the event: `order.total`, `$headers.x-priority`, `$type`; empty for the payload itself. */
  path: string;
  operator: Test["operator"];
  /** What it asked for, as JSON, shortened; null where the operator says it all, or a reference found nothing. */
  expected: string | null;
  /** The path that `expected` was read from; null when it is the filter's own. */
  reference: string | null;
  /** What was there, as JSON, shortened, or in words when it is an object or a list; null when nothing was. */
  found: string | null;
  /** The list at whose first element it looked; no other passed either. */
  list: { path: string; length: number } | null;
};

/** A value in little room: scalars as JSON, cut; objects and lists in words, since they can be of any depth. */
export function shown(value: Json): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (isObject(value)) return "an object";
  if (typeof value === "string" && value.length > SHOWN_MAX) return `${JSON.stringify(value.slice(0, SHOWN_MAX))}…`;
  return cut(isRaw(value) ? value.rawJSON : JSON.stringify(value));
}

export function cut(json: string): string {
  return json.length > SHOWN_MAX ? `${json.slice(0, SHOWN_MAX)}…` : json;
}
