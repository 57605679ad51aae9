/**
 * Ids say their kind and sort by age: `acc_` + a ULID, which is 10 characters of time (48 bits) and 16 random ones (80
 * bits), in Crockford's base 32. https://github.com/ulid/spec
 *
 * Those of events and destinations have the two characters of their shard between the two, 28 in all. An older one
 * names none and has 26; `shard.ts` says which is meant then.
 *
 * A delivery is one event on its way to one destination, so its id is made of theirs and needs neither a column nor an
 * index: `dlv_` + the event's 28 or 26 characters + the destination's last 8, which are its key in the database.
 */
import { FIRST_SHARD } from "./shard.ts";

const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;
const KEY_LENGTH = 8;
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const WITHOUT_SHARD = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const WITH_SHARD = /^[0-7][0-9A-HJKMNP-TV-Z]{27}$/;

export type IdKind = "acc" | "dst" | "evt" | "rcv" | "ded" | "key" | "lnk" | "tok" | "req" | "lse" | "alt" | "aud";

/** A new id of that kind. `now` is in milliseconds since 1970. */
export function newId(kind: IdKind, now: number): string {
  return `${kind}_${timeText(now)}${namesShard(kind) ? FIRST_SHARD : ""}${randomText()}`;
}

/** Whether the text has the form of an id of that kind, which is an older one where it names no shard. */
export function isId(kind: IdKind, text: string): boolean {
  if (!text.startsWith(`${kind}_`)) return false;
  const rest = text.slice(kind.length + 1);
  return WITHOUT_SHARD.test(rest) || (namesShard(kind) && WITH_SHARD.test(rest));
}

/** No id of that kind that is made at `time` (milliseconds) or later sorts before this one: the bound of a time range. */
export function firstIdAt(kind: IdKind, time: number): string {
  return `${kind}_${timeText(time)}${"0".repeat(RANDOM_LENGTH)}`;
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
  return `dlv_${eventId.slice("evt_".length)}${base32(key, KEY_LENGTH)}`;
}

/** The event and destination of a delivery's id; null when the text is not one. */
export function parseDeliveryId(text: string): { eventId: string; destinationKey: number } | null {
  if (!text.startsWith("dlv_")) return null;
  const eventId = `evt_${text.slice("dlv_".length, -KEY_LENGTH)}`;
  const suffix = text.slice(-KEY_LENGTH);
  if (!isId("evt", eventId) || [...suffix].some((char) => !CROCKFORD.includes(char))) return null;
  return { eventId, destinationKey: destinationKey(suffix) };
}

function namesShard(kind: IdKind): boolean {
  return kind === "evt" || kind === "dst";
}

function timeText(time: number): string {
  return base32(Math.max(0, Math.floor(time)), TIME_LENGTH);
}

function base32(value: number, length: number): string {
  let text = "";
  for (let rest = value, i = 0; i < length; i++) {
    text = CROCKFORD.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Filled anew for each id: a call of the generator costs more than its bytes. */
const random = new Uint8Array(RANDOM_LENGTH);

function randomText(): string {
  let text = "";
  for (const byte of crypto.getRandomValues(random)) text += CROCKFORD.charAt(byte & 31);
  return text;
}
