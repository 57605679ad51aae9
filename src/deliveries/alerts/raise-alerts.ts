/**
 * Telling the operator: operational events are events of an account of their own, so that they are signed, retried and
 * listed as any other. All alerts of one type and account make one event.
 */
import { OPERATIONS_ACCOUNT_ID } from "../../accounts/account";
import { newSigningSecret } from "../../attempts/signature";
import {
  type AlertWindow,
  type Bundle,
  insertOperationalEvents,
  markRaised,
  type OperationalEvent,
  selectDueAlerts,
} from "../../db/alerts/alert-events";
import {
  type Operations,
  provideOperations,
  selectWebhook,
  updateWebhookSecrets,
  type WebhookRow,
} from "../../db/alerts/operations";
import { wakeHeld } from "../../db/engine/claims";
import { insertDeliveries } from "../../db/engine/leases";
import { transaction } from "../../db/transaction";
import { openSecrets, sealHeaders, sealSecrets } from "../../destinations/destination";
import { log, logFault } from "../../observability/log";
import { OpenHeaders } from "../../security/masking";
import { destinationKey, newId } from "../../vocabulary/ids";
import { OPEN_LIMITS, PROBE_WAIT_MS } from "../circuit";
import { ALERTS_APART_MS, RAISE_AFTER_MS } from "../deadlines";
import type { DeliveryContext } from "../delivery";
import { sendWakeUps } from "../wake-ups";
import { areTold } from "./alert";
import { secretsWith } from "./webhook-secrets";

const WEBHOOK_TIMEOUT_MS = 10_000;
const WINDOW: AlertWindow = { waitMs: RAISE_AFTER_MS, apartMs: ALERTS_APART_MS };
/** So many events at a time; the others follow with the next message, or in a minute. */
const MOST_BUNDLES = 20;

/**
 * Raises what is due, and provides the webhook's destination before there is anything to tell: the event, its delivery and the mark that it is told are one transaction. Mails follow it, each once
 * at the most; one that fails is logged. Raising at the same time elsewhere does no harm.
 *
 * @throws what the database threw; what is due stays so then
 */
export async function raiseAlerts(context: DeliveryContext): Promise<void> {
  if (!areTold(context.alerts)) return;
  const { db } = context;
  const now = context.now();
  const { due, webhook } = await transaction(db, {
    due: selectDueAlerts(db, WINDOW, MOST_BUNDLES, now),
    webhook: selectWebhook(db, context.alerts.webhook?.url ?? null),
  });
  const newSecrets = await sealedIfChanged(context, webhook[0], now);
  const isProvided = context.alerts.webhook === null || webhook.length > 0;
  if (due.length === 0 && newSecrets === null && isProvided) return;
  const told = await raise(context, due, newSecrets, now);
  const alarms = told.map(({ eventId }) => ({ wakeUp: { event: eventId }, at: now }));
  const more = due.length === MOST_BUNDLES ? [{ wakeUp: { alerts: true as const }, at: now }] : [];
  await sendWakeUps(context.queue, [...alarms, ...more], now);
  for (const { eventId, type, payload } of told) {
    log("alert.raised", { event_id: eventId, type });
    await sendMail(context, type, payload);
  }
}

/**
 * The order matters: the account and destination of operational events are there, with the secrets that sign, before
 * events of that account are stored; `marked` before `told`, which tells of what was marked; `told` before `deliveries` of
 * those events; and `drainsBegun` looks for deliveries that are held.
 */
async function raise(
  context: DeliveryContext,
  due: Bundle[],
  newSecrets: { of: WebhookRow; sealed: string } | null,
  now: number,
): Promise<OperationalEvent[]> {
  const { db } = context;
  const bundles = due.map((bundle) => ({ ...bundle, eventId: newId("evt", now) }));
  const ids = bundles.map(({ eventId }) => eventId);
  const { told } = await transaction(db, {
    operations: provideOperations(db, await operationsOf(context, now)),
    secrets: newSecrets && updateWebhookSecrets(db, newSecrets.of, newSecrets.sealed, now),
    marked: markRaised(db, bundles, WINDOW, now),
    told: insertOperationalEvents(db, bundles, now),
    deliveries: insertDeliveries(db, ids, null, OPEN_LIMITS, now),
    drainsBegun: wakeHeld(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      PROBE_WAIT_MS.most,
      now,
    ),
  });
  return told;
}

async function operationsOf({ sealingKeys, alerts: { webhook } }: DeliveryContext, now: number): Promise<Operations> {
  const destinationId = newId("dst", now);
  const secrets = webhook ? [{ secret: webhook.secret ?? newSigningSecret(), expiresAt: null }] : [];
  return {
    accountId: OPERATIONS_ACCOUNT_ID,
    otherAccountId: newId("acc", now),
    destinationId,
    key: destinationKey(destinationId),
    url: webhook?.url ?? null,
    sealedHeaders: await sealHeaders(sealingKeys, destinationId, new OpenHeaders({})),
    sealedSecrets: await sealSecrets(sealingKeys, destinationId, secrets),
    timeoutMs: WEBHOOK_TIMEOUT_MS,
    now,
  };
}

/** What the setting makes of the webhook's secrets; null where they are as it says. */
async function sealedIfChanged({ sealingKeys, alerts }: DeliveryContext, row: WebhookRow | undefined, now: number) {
  if (!row) return null;
  const secrets = secretsWith(await openSecrets(sealingKeys, row, now), alerts.webhook?.secret ?? null, now);
  return secrets && { of: row, sealed: await sealSecrets(sealingKeys, row.destinationId, secrets) };
}

async function sendMail({ alerts: { mail } }: DeliveryContext, type: string, payload: string): Promise<void> {
  try {
    await mail?.(`Data Pusher: ${type}`, payload);
  } catch (error) {
    logFault("alert.not_mailed", error, { type });
  }
}
