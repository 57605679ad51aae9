import { newSigningKey } from "../attempts/signature";
import type { AuditAction } from "../audit/actions";
import { type Acting, audited, difference } from "../audit/audit";
import { type DestinationRow, selectDestination, updateDestination } from "../db/destinations";
import { transaction } from "../db/transaction";
import type { FieldError } from "../errors/field-error";
import { maskHeaders, OpenHeaders, unmaskHeaders } from "../security/masking";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import type { Actor } from "../vocabulary/actor";
import { checkDestination } from "./check-destination";
import {
  auditFields,
  type Destination,
  type DestinationContext,
  type DestinationInput,
  destinationOf,
  disabledBy,
  NO_HISTORY,
  openSecrets,
  sealHeaders,
  sealSecrets,
  shownInAudit,
} from "./destination";

export type Changed =
  /**
   * `switched`: on or off, so that what is held for it is to be seen to: wake it. `moved`: its URL leads to another
   * origin, where the old one still knows the signing secret.
   */
  | { kind: "changed"; destination: Destination; switched: boolean; moved: boolean }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" }
  /** An operator has disabled it, which the tenant cannot undo; or its account is suspended. */
  | { kind: "disabled_by_operator" }
  | { kind: "account_suspended" }
  | { kind: "unfit"; errors: FieldError[] };

/**
 * Replaces the fields that are given and keeps the rest, as well as the value of a header that comes back masked, unless
 * the URL leads to another origin: a secret stays with the host that it was given for.
 *
 * @param change makes the new fields from the stored destination. Pure, since it may be asked twice: the headers that it
 * sees hold no secret where its URL leads to another origin
 */
export async function changeDestination(
  context: DestinationContext & Acting,
  destinationId: string,
  change: (stored: Destination) => Partial<DestinationInput>,
): Promise<Changed> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  if (!row) return { kind: "unknown" };
  const stored = await destinationOf(context.sealingKeys, row);
  const { url = stored.url } = change(stored);
  const moved = isMove(stored, url);
  const kept = headersKeptAt(stored, url);
  const given = change({ ...stored, headers: kept });
  const { headers: givenHeaders, ...plain } = given;
  const headers = givenHeaders === undefined ? kept : unmaskHeaders(givenHeaders, kept);
  const next = { ...stored, ...plain, headers };
  const errors = checkDestination({ url: next.url, headers: headers.reveal() }, context, moved);
  if (errors.length > 0) return { kind: "unfit", errors };
  const stays = next.enabled && !stored.enabled ? staysDisabled(stored, context.actor) : null;
  if (stays !== null) return { kind: stays };
  const updatedAt = Math.max(context.now(), row.updatedAt + 1);
  const switched = activation(stored, given, context);
  const keyed = next.signatureSchemes.includes("v1a") ? await firstSigningKey(context, row) : {};
  const { publicKey = row.publicKey } = keyed;
  const destination = { ...next, ...switched, publicKey, updatedAt };
  // Its health is left alone unless it is switched on or off: attempts update it concurrently.
  const { updated } = await transaction(context.db, {
    updated: updateDestination(context.db, destinationId, row.updatedAt, {
      url: next.url,
      httpMethod: next.httpMethod,
      sealedHeaders: await sealHeaders(context.sealingKeys, destinationId, next.headers),
      description: next.description,
      enabled: next.enabled,
      timeoutMs: next.timeoutMs,
      retrySchedule: next.retrySchedule,
      maxAttempts: next.maxAttempts,
      signatureSchemes: next.signatureSchemes,
      updatedAt,
      ...switched,
      ...keyed,
    }),
    audit: audited(context, {
      action: actionOf(given),
      of: { account: stored.accountId },
      target: destinationId,
      ...difference(auditFields(stored), auditFields(destination), shownInAudit(stored), shownInAudit(destination)),
    }),
  });
  context.changes.count++;
  return updated.length > 0
    ? { kind: "changed", destination, switched: "wakeAt" in switched, moved }
    : { kind: "changed_meanwhile" };
}

/** What else changes when `v1a` is asked for and there is no key for it yet. */
async function firstSigningKey({ sealingKeys, now }: DestinationContext, row: DestinationRow) {
  if (row.publicKey !== null) return {};
  const { signingKey, publicKey } = await newSigningKey();
  const secrets = await openSecrets(sealingKeys, row, now());
  const [current, ...earlier] = secrets;
  const all = [...(current ? [current] : []), { secret: signingKey, expiresAt: null }, ...earlier];
  return { sealedSecrets: await sealSecrets(sealingKeys, row.destinationId, all), publicKey };
}

/** The headers that a destination keeps at a URL: their secrets stay masked where that leads to another origin. */
export function headersKeptAt(stored: Destination, url: string): OpenHeaders {
  return isMove(stored, url) ? new OpenHeaders(maskHeaders(stored.headers)) : stored.headers;
}

function isMove(stored: Destination, url: string): boolean {
  const to = URL.parse(url);
  return to !== null && to.origin !== new URL(stored.url).origin;
}

/** Why it cannot be enabled by this one; null when it can. */
function staysDisabled(stored: Destination, actor: Actor): "disabled_by_operator" | "account_suspended" | null {
  if (stored.disabledReason === "account_suspended") return "account_suspended";
  return stored.disabledReason === "disabled_by_operator" && actor.kind === "tenant" ? "disabled_by_operator" : null;
}

function actionOf(given: Partial<DestinationInput>): AuditAction {
  if (given.enabled === undefined || Object.keys(given).length > 1) return "destination.changed";
  return given.enabled ? "destination.enabled" : "destination.disabled";
}

/**
 * What else changes when a destination is switched on or off: on, it starts without a history; either way what is held
 * for it is seen to, to be sent or to be discarded. One that the gateway has paused is off already: only who says no
 * more than "off" means to end it, and not who changes its other fields.
 */
function activation(stored: Destination, given: Partial<DestinationInput>, context: Acting & { now: () => number }) {
  const now = context.now();
  const { enabled = stored.enabled, ...others } = given;
  const isPaused = stored.disabledReason === "failing" || stored.disabledReason === "account_suspended";
  const endsPause = !enabled && isPaused && Object.keys(others).length === 0;
  if (enabled === stored.enabled && !endsPause) return {};
  return enabled
    ? { ...NO_HISTORY, wakeAt: now, disabledReason: null }
    : { wakeAt: now, disabledReason: disabledBy(context.actor) };
}
