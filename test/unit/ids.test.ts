import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CROCKFORD,
  deliveryId,
  destinationKey,
  firstIdAt,
  isId,
  newId,
  parseDeliveryId,
} from "../../src/vocabulary/ids";

const NOW = Date.UTC(2026, 10, 26);
const OLDER = "01JDQ8XK3V7M9T2B4C6D8F0GHJ";
const NEWER = "01JDQ8XK3V007M9T2B4C6D8F0GHJ";
const base32 = (length: number) =>
  fc.array(fc.constantFrom(...CROCKFORD), { minLength: length, maxLength: length }).map((chars) => chars.join(""));

describe("a new id", () => {
  it.each(["evt", "dst"] as const)("of kind %s names its shard between time and random characters", (kind) => {
    const id = newId(kind, NOW);
    expect(id).toMatch(/^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{9}00[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(isId(kind, id)).toBe(true);
  });

  it.each(["acc", "rcv", "tok", "req", "lnk"] as const)("of kind %s is a ULID", (kind) => {
    const id = newId(kind, NOW);
    expect(id).toMatch(/^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(isId(kind, id)).toBe(true);
  });

  it("has any character at any random place, and is made once", () => {
    const ids = Array.from({ length: 3_000 }, () => newId("evt", NOW));
    expect(new Set(ids).size).toBe(ids.length);
    for (let at = 1; at <= 16; at++) {
      expect([...new Set(ids.map((id) => id.at(-at)))].sort().join("")).toBe(CROCKFORD);
    }
  });
});

describe("the form of an id", () => {
  it.each(["evt", "dst"] as const)("of kind %s is the new one or, without a shard, the older one", (kind) => {
    for (const id of [OLDER, NEWER]) expect(isId(kind, `${kind}_${id}`)).toBe(true);
  });

  it("of another kind is a ULID", () => {
    expect([isId("acc", `acc_${OLDER}`), isId("acc", `acc_${NEWER}`)]).toEqual([true, false]);
  });

  it.each([
    ["one too few", OLDER.slice(1)],
    ["between the two lengths", NEWER.slice(0, -1)],
    ["one too many", `${NEWER}0`],
    ["in lower case", NEWER.toLowerCase()],
    ["with a letter that base 32 leaves out", NEWER.replace("J", "I")],
    ["of a time that does not fit 48 bits", NEWER.replace("0", "8")],
    ["of another kind", `dst_${NEWER}`],
    ["with a line behind it", `${NEWER}\n`],
  ])("is not that of a text %s", (_, rest) => {
    expect(isId("evt", `evt_${rest}`)).toBe(false);
  });
});

describe("the first id at a time", () => {
  it("sorts before every id of that time, older or new, and behind all of the millisecond before", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 2 }), base32(2), base32(16), (time, shard, random) => {
        const [first, next] = [firstIdAt("evt", time), firstIdAt("evt", time + 1)];
        const start = first.slice(0, "evt_".length + 10);
        for (const id of [start + random, start + shard + random]) {
          expect(isId("evt", id)).toBe(true);
          expect([id >= first, id < next]).toEqual([true, true]);
        }
      }),
    );
  });
});

describe("a delivery's id", () => {
  it("names its event, older or new, and its destination", () => {
    fc.assert(
      fc.property(fc.constantFrom(OLDER, NEWER), fc.nat({ max: 2 ** 40 - 1 }), (event, key) => {
        const eventId = `evt_${event}`;
        expect(parseDeliveryId(deliveryId(eventId, key))).toEqual({ eventId, destinationKey: key });
      }),
    );
  });

  it("ends with its destination's", () => {
    for (const destination of [`dst_${OLDER}`, `dst_${NEWER}`, newId("dst", NOW)]) {
      expect(deliveryId(`evt_${NEWER}`, destinationKey(destination)).slice(-8)).toBe(destination.slice(-8));
    }
  });

  it.each([
    ["empty", ""],
    ["of an event", `evt_${NEWER}5ZC1M8P4`],
    ["without its destination", `dlv_${NEWER}`],
    ["one too short", `dlv_${OLDER}5ZC1M8P`],
    ["between the two lengths", `dlv_${OLDER}5ZC1M8P40`],
    ["one too long", `dlv_${NEWER}5ZC1M8P40`],
    ["with a small letter at the end", `dlv_${NEWER}5ZC1M8Pa`],
  ])("is not a text %s", (_, text) => {
    expect(parseDeliveryId(text)).toBeNull();
  });
});
