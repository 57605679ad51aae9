import { newSigningKey } from "../attempts/signature";
import { type DestinationRow, selectDestination, updateDestination } from "../db/destinations";
import type { FieldError } from "../errors/field-error";
import { maskHeaders, OpenHeaders, unmaskHeaders } from "../security/masking";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { checkDestination } from "./check-destination";
import {
  type Destination,
  type DestinationContext,
  type DestinationInput,
  destinationOf,
  NO_HISTORY,
  openSecrets,
  sealHeaders,
  sealSecrets,
} from "./destination";

export type Changed =
  /**
   * `switched`: on or off, so that what is held for it is to be seen to: wake it. `moved`: its URL leads to another
   * origin, where the old one still knows the signing secret.
   */
  | { kind: "changed"; destination: Destination; switched: boolean; moved: boolean }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" }
  | { kind: "unfit"; errors: FieldError[] };

/**
 * Replaces the fields that are given and keeps the rest, as well as the value of a header that comes back masked, unless
 * the URL leads to another origin: a secret stays with the host that it was given for.
 *
 * @param change makes the new fields from the stored destination. Pure, since it may be asked twice: the headers that it
 * sees hold no secret where its URL leads to another origin
 */
export async function changeDestination(
  context: DestinationContext,
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
  const updatedAt = Math.max(context.now(), row.updatedAt + 1);
  const switched = activation(stored, given, context.now());
  const keyed = next.signatureSchemes.includes("v1a") ? await firstSigningKey(context, row) : {};
  const { publicKey = row.publicKey } = keyed;
  // Its health is left alone unless it is switched on or off: attempts update it concurrently.
  const updated = await updateDestination(context.db, destinationId, row.updatedAt, {
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
  });
  context.changes.count++;
  return updated.length > 0
    ? {
        kind: "changed",
        destination: { ...next, ...switched, publicKey, updatedAt },
        switched: "wakeAt" in switched,
        moved,
      }
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

/**
 * What else changes when a destination is switched on or off: on, it starts without a history; either way what is held
 * for it is seen to, to be sent or to be discarded. One that the gateway has paused is off already: only who says no
 * more than "off" means to end it, and not who changes its other fields.
 */
function activation(stored: Destination, given: Partial<DestinationInput>, now: number) {
  const { enabled = stored.enabled, ...others } = given;
  const endsPause = !enabled && stored.disabledReason === "failing" && Object.keys(others).length === 0;
  if (enabled === stored.enabled && !endsPause) return {};
  return enabled
    ? { ...NO_HISTORY, wakeAt: now, disabledReason: null }
    : { wakeAt: now, disabledReason: "disabled_by_user" as const };
}
