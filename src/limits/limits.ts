import type { Rate } from "./token-bucket";

/**
 * What is limited, for whom, and how much of it by default. `LIMITS` changes each by its name.
 *
 * | name | of whom |
 * |---|---|
 * | `account` | an account: calls of the ingest |
 * | `bad_token` | an address, and a token: calls with a token that is not valid |
 * | `bad_key` | an address: calls with something that is no operator's key |
 * | `sign_in` | an address: sign-ins that were refused |
 * | the others | an operator or a tenant: what they make, send again or remove |
 */
export const DEFAULT_LIMITS = {
  account: { quota: 100, seconds: 1 },
  bad_token: { quota: 60, seconds: 60 },
  bad_key: { quota: 60, seconds: 60 },
  sign_in: { quota: 20, seconds: 60 },
  accounts: { quota: 300, seconds: 60 },
  destinations: { quota: 300, seconds: 60 },
  tokens: { quota: 60, seconds: 60 },
  keys: { quota: 60, seconds: 60 },
  portal_links: { quota: 60, seconds: 60 },
  test_events: { quota: 60, seconds: 60 },
  redeliveries: { quota: 600, seconds: 60 },
  recoveries: { quota: 30, seconds: 60 },
} as const satisfies Record<string, Rate>;

export type LimitName = keyof typeof DEFAULT_LIMITS;
/** Null is no limit. */
export type Limits = Record<LimitName, Rate | null>;

const UNIT_SECONDS: Record<string, number> = { s: 1, min: 60, h: 3_600 };
const LONGEST_SECONDS = 86_400;
const ENTRY = /^(\w+)=(?:(off)|(\d{1,6})\/(\d{0,3})(s|min|h))$/;

/**
 * The limits that a setting asks for: `account=500/s, sign_in=off, bad_key=100/5min`, comma separated; what it does not
 * name has its default, and `off` alone lifts all.
 *
 * @throws an Error that says which part is not understood
 */
export function parseLimits(text: string): Limits {
  const limits: Limits = { ...DEFAULT_LIMITS };
  if (text.trim() === "off") return noLimits();
  for (const part of text.split(",").map((entry) => entry.trim())) {
    if (part === "") continue;
    const [, name = "", off, count, times, unit = ""] = ENTRY.exec(part) ?? [];
    if (!isLimitName(name))
      throw new Error(`"${part}": give ${NAMES.join(", ")}, such as account=500/s or sign_in=off`);
    const rate = { quota: Number(count), seconds: Number(times || 1) * (UNIT_SECONDS[unit] ?? 0) };
    if (!off && (rate.quota < 1 || rate.seconds < 1 || rate.seconds > LONGEST_SECONDS)) {
      throw new Error(`"${part}": give at least 1, in at most a day`);
    }
    limits[name] = off ? null : rate;
  }
  return limits;
}

/** An account's own rate in calls a second; a second's may come at once. */
export function accountRate(perSecond: number): Rate {
  return { quota: perSecond, seconds: 1 };
}

const NAMES = Object.keys(DEFAULT_LIMITS);

function isLimitName(name: string): name is LimitName {
  return NAMES.includes(name);
}

function noLimits(): Limits {
  return Object.fromEntries(NAMES.map((name) => [name, null])) as Limits;
}
