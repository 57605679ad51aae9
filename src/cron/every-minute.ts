import { forgetLinks } from "../accounts/forget-links";
import { purgeAccounts } from "../accounts/purge-accounts";
import { forgetAudit } from "../audit/forget-audit";
import { forgetAlerts } from "../deliveries/alerts/forget-alerts";
import { raiseAlerts } from "../deliveries/alerts/raise-alerts";
import { forgetRecoveries } from "../deliveries/recoveries/forget-recoveries";
import { sweep } from "../deliveries/sweep";
import { reseal } from "../destinations/reseal";
import type { Gateway } from "../env";
import { expireEvents } from "../events/expire-events";
import { shareStorage } from "../events/share-storage";
import { logFault } from "../observability/log";
import { forgetSessions } from "../sessions/end-sessions";
import { sumUp } from "../stats/sum-up";

/** How many statements each may run: an invocation on the Free plan has 50, and the sweep needs half of them. */
const MOST_PURGES = 6;
const MOST_EXPIRIES = 7;
const MOST_SHARINGS = 9;

/**
 * What the cron does every minute. A part that fails does not stop the others.
 *
 * @throws AggregateError once all parts have run, so that the run counts as failed
 */
export async function everyMinute(gateway: Gateway): Promise<void> {
  const parts = {
    stats: () => sumUp(gateway),
    // before the sweep, which sends what it raises where there is no queue
    alerts: () => raiseAlerts(gateway),
    sweep: () => sweep(gateway),
    purge: () => purgeAccounts(gateway, MOST_PURGES),
    forget: () => forgetAlerts(gateway),
    recoveries: () => forgetRecoveries(gateway, gateway.retention.days),
    seals: () => reseal(gateway),
    links: () => forgetLinks(gateway, gateway.retention.days),
    sessions: () => forgetSessions(gateway),
    audit: () => forgetAudit(gateway, gateway.retention.auditDays),
    expire: () => expireEvents(gateway, gateway.retention, MOST_EXPIRIES),
    share: () => shareStorage(gateway, gateway.retention, MOST_SHARINGS),
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
