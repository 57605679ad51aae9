/**
 * Telling the operator: operational events are events of an account of their own, so that they are signed, retried and
 * listed as any other. What happens to that account's deliveries raises none.
 */
import { insertOperationalEvents, provideOperations } from "../db/alerts";
import { insertDeliveries, wakeParked } from "../db/leases";
import { sealHeaders, sealSecrets } from "../destinations/destination";
import { logFault } from "../observability/log";
import { destinationKey, newId } from "../vocabulary/ids";
import { type Alert, OPERATIONS_ACCOUNT } from "./alert";
import type { DeliveryContext } from "./delivery";
import { PROBE_AFTER_FAILURES } from "./health";
import { sendWakeUps } from "./wake-ups";

const WEBHOOK_TIMEOUT_MS = 10_000;

/** Sends each alert on its way. It never throws: an alert that cannot be raised is logged, and fails nothing else. */
export async function raiseAlerts(context: DeliveryContext, alerts: Alert[]): Promise<void> {
  if (alerts.length === 0) return;
  const now = context.now();
  const bodies = alerts.map((alert) => ({
    ...alert,
    payload: JSON.stringify({ type: alert.type, timestamp: new Date(now).toISOString(), data: alert.data }),
  }));
  try {
    if (context.alerts.webhook) await post(context, context.alerts.webhook, bodies, now);
  } catch (error) {
    logFault("alert.not_stored", error, { types: alerts.map(({ type }) => type) });
  }
  for (const { type, payload } of context.alerts.mail ? bodies : []) {
    try {
      await context.alerts.mail?.(`Data Pusher: ${type}`, payload);
    } catch (error) {
      logFault("alert.not_mailed", error, { type });
    }
  }
}

async function post(
  context: DeliveryContext,
  webhook: { url: string; secret: string },
  alerts: { key: string; payload: string }[],
  now: number,
): Promise<void> {
  const { db, sealingKeys } = context;
  const destinationId = newId("dst", now);
  const events = alerts.map(({ key, payload }) => ({ eventId: newId("evt", now), key, payload }));
  const ids = events.map(({ eventId }) => eventId);
  await db.batch([
    ...provideOperations(db, {
      accountId: OPERATIONS_ACCOUNT,
      destinationId,
      key: destinationKey(destinationId),
      url: webhook.url,
      sealedHeaders: await sealHeaders(sealingKeys, destinationId, {}),
      sealedSecrets: await sealSecrets(sealingKeys, destinationId, [{ secret: webhook.secret, expiresAt: null }]),
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      now,
    }),
    insertOperationalEvents(db, OPERATIONS_ACCOUNT, events, now),
    insertDeliveries(db, ids, null, PROBE_AFTER_FAILURES, now),
    wakeParked(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      now,
    ),
  ]);
  await sendWakeUps(
    context.queue,
    ids.map((event) => ({ wakeUp: { event }, at: now })),
    now,
  );
}
