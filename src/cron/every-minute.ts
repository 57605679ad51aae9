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

/** Of what an invocation may ask: the share of the sweep, the most of the parts that remove nothing but a chunk, and the least of two that remove events. */
const SWEEP_SHARE = 0.5;
const FOR_OTHERS = 12;
const LEAST_EXPIRIES = 2;
const LEAST_SHARINGS = 8;

/**
 * What the cron does every minute. A part that fails does not stop the others.
 *
 * @throws AggregateError once all parts have run, so that the run counts as failed
 */
export async function everyMinute(gateway: Gateway): Promise<void> {
  let left = gateway.mostSubrequests - FOR_OTHERS;
  // what a part leaves over is for the next; one that fails leaves nothing
  const within = async (most: number, run: (most: number) => Promise<number>) => {
    left -= most;
    left += most - (await run(most));
  };
  const parts = {
    stats: () => sumUp(gateway),
    // before the sweep, which sends what it raises where there is no queue
    alerts: () => raiseAlerts(gateway),
    sweep: () => within(SWEEP_SHARE * gateway.mostSubrequests, (most) => sweep(gateway, most)),
    purge: () =>
      within(Math.ceil((left - LEAST_EXPIRIES - LEAST_SHARINGS) / 2), (most) => purgeAccounts(gateway, most)),
    forget: () => forgetAlerts(gateway),
    recoveries: () => forgetRecoveries(gateway, gateway.retention.days),
    seals: () => reseal(gateway),
    links: () => forgetLinks(gateway, gateway.retention.days),
    sessions: () => forgetSessions(gateway),
    audit: () => forgetAudit(gateway, gateway.retention.auditDays),
    expire: () => within(left - LEAST_SHARINGS, (most) => expireEvents(gateway, gateway.retention, most)),
    share: () => shareStorage(gateway, gateway.retention, left),
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
