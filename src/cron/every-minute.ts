import { purgeAccounts } from "../accounts/purge-accounts";
import { sweep } from "../deliveries/sweep";
import type { Gateway } from "../env";
import { expireEvents } from "../events/expire-events";
import { logFault } from "../observability/log";
import { sumUp } from "../stats/sum-up";

/** Statements that each may run: an invocation on the Free plan has 50, and the sweep needs half of them. */
const MOST_PURGES = 6;
const MOST_EXPIRIES = 12;

/**
 * What the cron of every minute does. One part that fails does not keep the others from their work.
 *
 * @throws AggregateError after all, so that the run counts as failed
 */
export async function everyMinute(gateway: Gateway): Promise<void> {
  const parts = {
    stats: () => sumUp(gateway),
    sweep: () => sweep(gateway),
    purge: () => purgeAccounts(gateway, MOST_PURGES),
    expire: () => expireEvents(gateway, gateway.retention, MOST_EXPIRIES),
  };
  const errors: unknown[] = [];
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      logFault("cron.failed", error, { part });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, "parts of the cron failed");
}
