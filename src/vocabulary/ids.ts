/**
 * Ids say their kind and sort by age: `evt_` + a ULID (48 bits of time, 80 random bits, Crockford's base 32).
 * https://github.com/ulid/spec
 *
 * A delivery is one event on its way to one destination, so its id is made of theirs and needs neither a column nor an
 * index: `dlv_` + the event's 26 characters + the destination's last 8, which are the destination's key in the database.
 */
import { ulid } from "ulid";

const ULID_LENGTH = 26;
const TIME_LENGTH = 10;
const KEY_LENGTH = 8;
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export type IdKind = "acc" | "dst" | "evt" | "rcv" | "ded" | "key" | "lnk" | "tok" | "req" | "lse" | "alt" | "aud";

/** A new id of that kind. `now` is in milliseconds since 1970. */
export function newId(kind: IdKind, now: number): string {
  return `${kind}_${ulid(now)}`;
}

/** Whether the text has the form of an id of that kind. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${kind}_`) && ULID_PATTERN.test(text.slice(kind.length + 1));
}

/** The smallest id of that kind that can be made at `time` (milliseconds): the bound of a time range. */
export function firstIdAt(kind: IdKind, time: number): string {
  let rest = Math.max(0, Math.floor(time));
  let text = "";
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = CROCKFORD.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return `${kind}_${text}${"0".repeat(ULID_LENGTH - TIME_LENGTH)}`;
}

/** When that id was made, in milliseconds: the inverse of `firstIdAt`. */
export function timeOfId(id: string): number {
  const [, text = ""] = id.split("_", 2);
  return [...text.slice(0, TIME_LENGTH)].reduce((time, char) => time * 32 + CROCKFORD.indexOf(char), 0);
}

/** The 40 bits at the end of a destination's id: its integer key in the database. */
export function destinationKey(destinationId: string): number {
  let key = 0;
  for (const char of destinationId.slice(-KEY_LENGTH)) key = key * 32 + CROCKFORD.indexOf(char);
  return key;
}

export function deliveryId(eventId: string, key: number): string {
  let suffix = "";
  for (let rest = key, i = 0; i < KEY_LENGTH; i++) {
    suffix = CROCKFORD.charAt(rest % 32) + suffix;
    rest = Math.floor(rest / 32);
  }
  return `dlv_${eventId.slice("evt_".length)}${suffix}`;
}

/** The event and destination of a delivery's id; null when the text is not one. */
export function parseDeliveryId(text: string): { eventId: string; destinationKey: number } | null {
  if (!text.startsWith("dlv_") || text.length !== "dlv_".length + ULID_LENGTH + KEY_LENGTH) return null;
  const eventId = `evt_${text.slice(4, 4 + ULID_LENGTH)}`;
  const suffix = text.slice(-KEY_LENGTH);
  if (!isId("evt", eventId) || [...suffix].some((char) => !CROCKFORD.includes(char))) return null;
  return { eventId, destinationKey: destinationKey(suffix) };
}
