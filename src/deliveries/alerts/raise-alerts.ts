/**
 * Telling the operator: operational events are events of an account of their own, so that they are signed, retried and
 * listed as any other. What happens to that account's deliveries raises none.
 */
import { insertOperationalEvents, provideOperations } from "../../db/alerts";
import { wakeHeld } from "../../db/claims";
import { insertDeliveries } from "../../db/leases";
import { transaction } from "../../db/transaction";
import { sealHeaders, sealSecrets } from "../../destinations/destination";
import { logFault } from "../../observability/log";
import { OpenHeaders } from "../../security/masking";
import { destinationKey, newId } from "../../vocabulary/ids";
import { OPEN_LIMITS, PROBE_WAIT_MS } from "../circuit";
import type { DeliveryContext } from "../delivery";
import { sendWakeUps } from "../wake-ups";
import { type Alert, OPERATIONS_ACCOUNT } from "./alert";

const WEBHOOK_TIMEOUT_MS = 10_000;

/** Sends each alert on its way, once. It never throws: an alert that cannot be raised is logged, and fails nothing else. */
export async function raiseAlerts(context: DeliveryContext, alerts: Alert[]): Promise<void> {
  const { webhook, mail } = context.alerts;
  if (alerts.length === 0 || (!webhook && !mail)) return;
  const now = context.now();
  const raised = alerts.map(({ type, key, data }) => {
    const payload = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
    return { eventId: newId("evt", now), type, key, payload };
  });
  let fresh = raised;
  try {
    const stored = await post(context, raised, now);
    fresh = raised.filter(({ eventId }) => stored.has(eventId));
  } catch (error) {
    logFault("alert.not_stored", error, { types: alerts.map(({ type }) => type) });
  }
  if (!mail) return;
  for (const { type, payload } of fresh) {
    try {
      await mail(`Data Pusher: ${type}`, payload);
    } catch (error) {
      logFault("alert.not_mailed", error, { type });
    }
  }
}

/**
 * Stores them with a delivery to the webhook, if there is one; returns the ids of those that are new.
 *
 * The order matters: the `operations` account and destination are there before the events of that account are stored,
 * `stored` before `deliveries` of those events are, and `drainsBegun` looks for deliveries that are held.
 */
async function post(
  { db, sealingKeys, queue, alerts: { webhook } }: DeliveryContext,
  events: { eventId: string; key: string; payload: string }[],
  now: number,
): Promise<Set<string>> {
  const destinationId = newId("dst", now);
  const ids = events.map(({ eventId }) => eventId);
  const secrets = webhook ? [{ secret: webhook.secret, expiresAt: null }] : [];
  const { stored } = await transaction(db, {
    operations: provideOperations(db, {
      accountId: OPERATIONS_ACCOUNT,
      destinationId,
      key: destinationKey(destinationId),
      url: webhook?.url ?? null,
      sealedHeaders: await sealHeaders(sealingKeys, destinationId, new OpenHeaders({})),
      sealedSecrets: await sealSecrets(sealingKeys, destinationId, secrets),
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      now,
    }),
    stored: insertOperationalEvents(db, OPERATIONS_ACCOUNT, events, now),
    deliveries: insertDeliveries(db, ids, null, OPEN_LIMITS, now),
    drainsBegun: wakeHeld(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      PROBE_WAIT_MS.most,
      now,
    ),
  });
  const fresh = new Set(stored.map(({ eventId }) => eventId));
  await sendWakeUps(
    queue,
    [...fresh].map((event) => ({ wakeUp: { event }, at: now })),
    now,
  );
  return fresh;
}
