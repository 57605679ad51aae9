import { logFault } from "../observability/log";
import { accountRate, type LimitName, type Limits } from "./limits";
import { type Bucket, filled, type Rate, secondsToToken } from "./token-bucket";

/** Of so many callers an isolate knows what they did; whoever was quiet for longest is forgotten first. */
const MOST_CALLERS = 20_000;
const MOST_ACCOUNTS = 10_000;

/** The part of Cloudflare's rate limiting binding that is used here: counted per location, approximately. */
export type SharedLimiter = { limit(options: { key: string }): Promise<{ success: boolean }> };

export type TooMany = { name: LimitName; rate: Rate; retryAfterSeconds: number };

/** Counts for one isolate, and failures for a whole location of Cloudflare's where its binding is there. */
export class Limiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #accountRates = new Map<string, Rate>();

  constructor(
    private readonly limits: Limits,
    private readonly shared: SharedLimiter | null,
    private readonly now: () => number,
  ) {}

  /** Takes one; null when it may go on. */
  take(name: LimitName, caller: string): TooMany | null {
    return this.#ask(name, caller, 1);
  }

  /** The same for the one that has used all up, and takes nothing. */
  usedUp(name: LimitName, caller: string): TooMany | null {
    return this.#ask(name, caller, 0);
  }

  /** Takes one for something that failed, here and for the whole location. */
  async takeFailure(name: LimitName, caller: string): Promise<TooMany | null> {
    const rate = this.#rateOf(name, caller);
    const tooMany = this.take(name, caller);
    if (tooMany !== null || rate === null || this.shared === null) return tooMany;
    try {
      const { success } = await this.shared.limit({ key: `${name}:${caller}` });
      return success ? null : { name, rate, retryAfterSeconds: rate.seconds };
    } catch (error) {
      logFault("limiter.failed", error, { limit: name });
      return null;
    }
  }

  /** Remembers what an account may send a second, as the database has just said; null is the default. A new rate begins with a full bucket. */
  learnAccountRate(accountId: string, perSecond: number | null): void {
    const known = this.#accountRates.get(accountId);
    const rate = perSecond === null ? undefined : accountRate(perSecond);
    if (known?.quota === rate?.quota) return;
    this.#buckets.delete(`account:${accountId}`);
    this.#accountRates.delete(accountId);
    if (rate === undefined) return;
    this.#accountRates.set(accountId, rate);
    forgetOldest(this.#accountRates, MOST_ACCOUNTS);
  }

  #ask(name: LimitName, caller: string, cost: 0 | 1): TooMany | null {
    const rate = this.#rateOf(name, caller);
    if (rate === null) return null;
    const key = `${name}:${caller}`;
    const bucket = filled(this.#buckets.get(key), rate, this.now());
    const enough = bucket.tokens >= 1;
    if (cost > 0) {
      this.#buckets.delete(key);
      this.#buckets.set(key, enough ? { ...bucket, tokens: bucket.tokens - 1 } : bucket);
      forgetOldest(this.#buckets, MOST_CALLERS);
    }
    return enough ? null : { name, rate, retryAfterSeconds: secondsToToken(bucket, rate) };
  }

  #rateOf(name: LimitName, caller: string): Rate | null {
    const byDefault = this.limits[name];
    return name === "account" ? (this.#accountRates.get(caller) ?? byDefault) : byDefault;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
