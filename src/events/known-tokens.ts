import { selectLiveToken } from "../db/access/tokens";
import type { Database } from "../db/database";
import { finishedWithin } from "../deliveries/patience";
import type { Changes } from "../deliveries/slots/still-sendable";
import type { Limiter } from "../limits/limiter";
import { logFault } from "../observability/log";

/** What is known of a token before its event is put into the queue; `not_known` where the database does not say in time. */
export type Standing = "live" | "not_live" | "suspended" | "storage_full" | "not_known";

type Context = { db: Database; now: () => number; changes: Changes; limiter: Pick<Limiter, "learnAccountRate"> };

const KNOWN_FOR_MS = 10_000;
const MOST_KNOWN = 1_000;
const PATIENCE_MS = 2_000;

/**
 * The tokens that this isolate has lately seen to be live, for `ACCEPT=queue`, where nothing else would ask the database
 * before the answer. What this isolate changes in accounts and tokens it knows at once, what others change after ten seconds.
 */
export class KnownTokens {
  #live = new Map<string, { askedAt: number; expiresAt: number | null }>();
  #changes = 0;

  async standingOf(context: Context, tokenHash: string): Promise<Standing> {
    const { changes } = context;
    const now = context.now();
    const asOf = changes.count;
    if (this.#changes !== asOf) this.#live.clear();
    this.#changes = asOf;
    const known = this.#live.get(tokenHash);
    if (known && Math.abs(now - known.askedAt) < KNOWN_FOR_MS && now < (known.expiresAt ?? Infinity)) return "live";

    const found = await ask(context, tokenHash, now);
    if (found === "not_known") return found;
    if (!found) return "not_live";
    if (found.accountId !== null) context.limiter.learnAccountRate(found.accountId, found.rateLimit);
    if (found.suspendedAt !== null) return "suspended";
    if (found.storageFull) return "storage_full";
    if (asOf === changes.count) this.#remember(tokenHash, { askedAt: now, expiresAt: found.expiresAt });
    return "live";
  }

  #remember(tokenHash: string, known: { askedAt: number; expiresAt: number | null }): void {
    // behind all others, of which the first goes
    this.#live.delete(tokenHash);
    this.#live.set(tokenHash, known);
    if (this.#live.size <= MOST_KNOWN) return;
    for (const first of this.#live.keys()) {
      this.#live.delete(first);
      return;
    }
  }
}

async function ask({ db }: Context, tokenHash: string, now: number) {
  const asked = selectLiveToken(db, tokenHash, now).execute();
  try {
    if (await finishedWithin(asked, PATIENCE_MS)) return (await asked)[0];
    logFault("token.not_checked", new Error(`no answer within ${PATIENCE_MS} ms`));
  } catch (error) {
    logFault("token.not_checked", error);
  }
  return "not_known";
}
