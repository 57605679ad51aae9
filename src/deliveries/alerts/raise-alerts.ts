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
  selectOperationsNames,
  selectWebhook,
  updateWebhook,
  type WebhookRow,
} from "../../db/alerts/operations";
import type { SealedColumns } from "../../db/destinations";
import { wakeHeld } from "../../db/engine/drains";
import { fanOut } from "../../db/engine/flights";
import { transaction } from "../../db/transaction";
import { openAll, sealAll } from "../../destinations/sealed";
import { log, logFault } from "../../observability/log";
import { maskUrl } from "../../security/masked-url";
import { OpenHeaders } from "../../security/masking";
import { destinationKey, newId } from "../../vocabulary/ids";
import { ALERTS_APART_MS, RAISE_AFTER_MS } from "../deadlines";
import type { DeliveryContext } from "../delivery";
import { OPEN_LIMITS, PROBE_WAIT_MS } from "../recording/circuit";
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
  const { due, webhook, names } = await transaction(db, {
    due: selectDueAlerts(db, WINDOW, MOST_BUNDLES, now),
    webhook: selectWebhook(db),
    names: selectOperationsNames(db, OPERATIONS_ACCOUNT_ID),
  });
  const found = await asConfigured(context, webhook[0], now);
  const isProvided = context.alerts.webhook === null || found.kind === "provided";
  if (due.length === 0 && found.kind !== "changed" && isProvided) return;
  const told = await raise(context, due, found, nameOf(names, now), now);
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
 * events of that account are stored; `marked` before `told`, which tells of what was marked; `told` before the `fanOut` of
 * those events; and `drainsBegun` looks for deliveries that are held.
 */
async function raise(
  context: DeliveryContext,
  due: Bundle[],
  found: Found,
  accountId: string,
  now: number,
): Promise<OperationalEvent[]> {
  const { db } = context;
  const bundles = due.map((bundle) => ({ ...bundle, eventId: newId("evt", now) }));
  const ids = bundles.map(({ eventId }) => eventId);
  const { told } = await transaction(db, {
    operations: provideOperations(db, await operationsOf(context, accountId, found, now)),
    secrets: found.kind === "changed" ? updateWebhook(db, found.row, found.sealed, now) : null,
    marked: markRaised(db, bundles, WINDOW, now),
    told: insertOperationalEvents(db, bundles, now),
    fanOut: fanOut(db, ids, null, OPEN_LIMITS, now),
    drainsBegun: wakeHeld(
      db,
      ids.map((eventId) => ({ eventId, destination: null })),
      PROBE_WAIT_MS.most,
      now,
    ),
  });
  return told;
}

async function operationsOf(
  { sealingKeys, alerts: { webhook } }: DeliveryContext,
  accountId: string,
  found: Found,
  now: number,
): Promise<Operations> {
  const destinationId = newId("dst", now);
  const secrets = webhook ? [{ secret: webhook.secret ?? newSigningSecret(), expiresAt: null }] : [];
  return {
    accountId,
    destinationId,
    key: destinationKey(destinationId),
    webhook: webhook && {
      url: webhook.url,
      sealed: await sealAll(sealingKeys, { accountId, destinationId, url: webhook.url }, new OpenHeaders({}), secrets),
      staleKey: found.kind === "at_another_url" ? found.row.key : null,
    },
    timeoutMs: WEBHOOK_TIMEOUT_MS,
    now,
  };
}

/** A customer's account that has the name from before keeps it. */
function nameOf(names: { accountId: string; isOurs: 0 | 1 }[], now: number): string {
  const ours = names.find(({ isOurs }) => isOurs === 1);
  return ours?.accountId ?? (names.length === 0 ? OPERATIONS_ACCOUNT_ID : newId("acc", now));
}

/** The webhook's destination and how the setting finds it: `changed`, it is to be sealed like this. */
type Found =
  | { kind: "none" | "provided" }
  | { kind: "at_another_url"; row: WebhookRow }
  | { kind: "changed"; row: WebhookRow; sealed: SealedColumns };

/** What does not open is taken from the setting, but for a secret that it does not give: that one has to be rotated. */
async function asConfigured(
  { sealingKeys, alerts }: DeliveryContext,
  row: WebhookRow | undefined,
  now: number,
): Promise<Found> {
  if (!row || alerts.webhook === null) return { kind: "none" };
  const configured = alerts.webhook;
  const { url, headers, secrets, unreadable } = await openAll(sealingKeys, row, [], now);
  if ((url?.reveal() ?? row.url) !== (url ? configured.url : maskUrl(configured.url)))
    return { kind: "at_another_url", row };
  const next = secretsWith(secrets ?? [], configured.secret, now) ?? secrets;
  if (next === null || (next === secrets && unreadable === null)) return { kind: "provided" };
  const place = { ...row, url: configured.url };
  return { kind: "changed", row, sealed: await sealAll(sealingKeys, place, headers ?? new OpenHeaders({}), next) };
}

async function sendMail({ alerts: { mail } }: DeliveryContext, type: string, payload: string): Promise<void> {
  try {
    await mail?.(`Data Pusher: ${type}`, payload);
  } catch (error) {
    logFault("alert.not_mailed", error, { type });
  }
}
