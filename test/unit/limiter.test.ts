import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf } from "../../src/limits/address";
import { rateLimitHeaders } from "../../src/limits/headers";
import { HeldBytes } from "../../src/limits/held-bytes";
import { Limiter, type SharedLimiter } from "../../src/limits/limiter";
import { DEFAULT_LIMITS, parseLimits } from "../../src/limits/limits";

const SECOND_MS = 1_000;

/** A limiter and its clock. */
function limiter(setting = "", shared: SharedLimiter | null = null) {
  const clock = { now: 1_000_000 };
  return { clock, limiter: new Limiter(parseLimits(setting), shared, () => clock.now) };
}

describe.each(Object.entries(DEFAULT_LIMITS))("the limit of %s", (name, { quota, seconds }) => {
  it("lets its quota through and refuses one beyond, until the time that it says", () => {
    const { limiter: limits, clock } = limiter();
    const take = () => limits.take(name as keyof typeof DEFAULT_LIMITS, "somebody");
    for (let n = 0; n < quota; n++) expect(take()).toBeNull();
    const refused = take() ?? expect.fail("it is refused");
    expect(refused.retryAfterSeconds).toBe(Math.ceil(seconds / quota));
    expect(limits.take(name as keyof typeof DEFAULT_LIMITS, "somebody else")).toBeNull();
    clock.now += refused.retryAfterSeconds * SECOND_MS;
    expect(take()).toBeNull();
  });

  it("is full again after its time, and no fuller", () => {
    const { limiter: limits, clock } = limiter();
    const take = () => limits.take(name as keyof typeof DEFAULT_LIMITS, "somebody");
    for (let n = 0; n < quota; n++) take();
    clock.now += 10 * seconds * SECOND_MS;
    for (let n = 0; n < quota; n++) expect(take()).toBeNull();
    expect(take()).not.toBeNull();
  });
});

it("never lets through more than the quota in the bucket and what has come since", () => {
  const quota = 5;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2_000, max: 5_000 }), { maxLength: 60 }), (waits) => {
      const { limiter: limits, clock } = limiter(`keys=${quota}/10s`);
      let passed = 0;
      const times = [];
      for (const wait of waits) {
        clock.now += wait;
        times.push(clock.now);
        if (limits.take("keys", "a") === null) passed++;
      }
      const passedMs = times.length === 0 ? 0 : Math.max(...times) - (times[0] ?? 0);
      expect(passed).toBeLessThanOrEqual(quota + (passedMs / 10_000) * quota);
    }),
  );
});

describe("an account's own rate", () => {
  it("is used once it is known, and the default again when it is taken away", () => {
    const { limiter: limits } = limiter("account=4/2s");
    const passed = () => {
      let n = 0;
      while (n < 1_000 && limits.take("account", "acme") === null) n++;
      return n;
    };
    expect(passed()).toBe(4);
    limits.learnAccountRate("other", 100);
    expect(passed()).toBe(0);
    limits.learnAccountRate("acme", 50);
    expect(passed()).toBe(50);
    limits.learnAccountRate("acme", 50);
    expect(passed(), "the same again is nothing new").toBe(0);
    limits.learnAccountRate("acme", null);
    expect(passed()).toBe(4);
  });
});

describe("a failure", () => {
  it("is counted for the location as well, under a key that names the limit", async () => {
    const keys: string[] = [];
    const shared = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) < 2 }) };
    const { limiter: limits } = limiter("bad_key=5/min", shared);
    expect(await limits.takeFailure("bad_key", "192.0.2.1")).toBeNull();
    expect(await limits.takeFailure("bad_key", "192.0.2.1")).toMatchObject({ name: "bad_key", retryAfterSeconds: 60 });
    expect(keys).toEqual(["bad_key:192.0.2.1", "bad_key:192.0.2.1"]);
  });

  it("is counted here alone when the location's counter fails", async () => {
    const shared = { limit: () => Promise.reject(new Error("no counter")) };
    const { limiter: limits } = limiter("bad_key=1/min", shared);
    expect(await limits.takeFailure("bad_key", "a")).toBeNull();
    expect(await limits.takeFailure("bad_key", "a")).not.toBeNull();
  });

  it("is not counted at all where the limit is off", async () => {
    const shared = { limit: () => expect.fail("nobody asks") };
    const { limiter: limits } = limiter("off", shared);
    for (let n = 0; n < 1_000; n++) expect(await limits.takeFailure("sign_in", "a")).toBeNull();
  });
});

describe("the setting", () => {
  it.each([
    ["", DEFAULT_LIMITS],
    ["account=500/s", { ...DEFAULT_LIMITS, account: { quota: 500, seconds: 1 } }],
    [" sign_in=off , bad_key=100/5min,", { ...DEFAULT_LIMITS, sign_in: null, bad_key: { quota: 100, seconds: 300 } }],
    ["keys=1/24h", { ...DEFAULT_LIMITS, keys: { quota: 1, seconds: 86_400 } }],
  ])("%j is understood", (setting, limits) => expect(parseLimits(setting)).toEqual(limits));

  it("off lifts all", () => expect(Object.values(parseLimits("off")).every((rate) => rate === null)).toBe(true));

  it.each([
    "acount=5/s",
    "account",
    "account=5",
    "account=5/d",
    "account=0/s",
    "account=5/0s",
    "keys=1/25h",
    "off=1/s",
  ])("%j is refused, and what is meant is said", (setting) =>
    expect(() => parseLimits(setting)).toThrow(/^".*": give /),
  );
});

it("says when to come again as RFC 9110 and the draft of the RateLimit fields have it", () => {
  const tooMany = { name: "sign_in" as const, rate: { quota: 20, seconds: 60 }, retryAfterSeconds: 3 };
  expect(rateLimitHeaders(tooMany)).toEqual([
    ["Retry-After", "3"],
    ["RateLimit-Policy", '"sign_in";q=20;w=60'],
    ["RateLimit", '"sign_in";r=0;t=3'],
  ]);
});

it.each([
  ["192.0.2.7", "192.0.2.7"],
  [
    "2001:db8:1:2:3:4:5:6",
    "2001:db8:1:2"
      .split(":")
      .map((group) => Number.parseInt(group, 16))
      .join(":"),
  ],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["nonsense", "unknown"],
  ["", "unknown"],
])("the address %s counts as %s", (given, counted) => {
  expect(addressOf(new Headers({ "cf-connecting-ip": given }))).toBe(counted);
});

it("holds bytes up to its room, and has it back when they are let go, once", () => {
  const room = new HeldBytes(100);
  const [first, second, third] = [room.begin(), room.begin(), room.begin()];
  expect([first.add(30), first.add(30), second.add(41), second.add(40)]).toEqual([true, true, false, true]);
  for (const hold of [first, first, second]) hold.end();
  expect([third.add(100), third.add(1)]).toEqual([true, false]);
});
