/** A value as `JSON.parse` gives it, or with numbers that a double would change as raw ones. */
export type Json = null | boolean | number | string | RawNumber | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json };

declare const raw: unique symbol;
/** A number as it was written (`JSON.rawJSON`): `JSON.stringify` writes it back digit by digit. */
export type RawNumber = { readonly rawJSON: string; readonly [raw]: true };

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
    parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

export function isRaw(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

/** Whether the value is an object: neither an array nor a number as it was written. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRaw(value);
}

/** What an object itself has by that name, whatever its prototype has; undefined where it has nothing. */
export function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
