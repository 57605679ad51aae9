import { selectDestination, updateDestination } from "../db/destinations";
import type { FieldError } from "../errors/field-error";
import { unmaskHeaders } from "../security/masking";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { checkDestination } from "./check-destination";
import {
  type Destination,
  type DestinationContext,
  type DestinationInput,
  destinationOf,
  NO_HISTORY,
  sealHeaders,
} from "./destination";

export type Changed =
  /** `switched`: on or off, so that what is held for it is to be seen to: wake it. */
  | { kind: "changed"; destination: Destination; switched: boolean }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" }
  | { kind: "unfit"; errors: FieldError[] };

/**
 * Replaces the fields that are given and keeps the rest, as well as the value of a header that comes back masked.
 *
 * @param change makes the new fields from the stored destination
 */
export async function changeDestination(
  context: DestinationContext,
  destinationId: string,
  change: (stored: Destination) => Partial<DestinationInput>,
): Promise<Changed> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  if (!row) return { kind: "unknown" };
  const stored = await destinationOf(context.sealingKeys, row);
  const given = change(stored);
  const { headers: givenHeaders, ...plain } = given;
  const headers = givenHeaders === undefined ? stored.headers : unmaskHeaders(givenHeaders, stored.headers);
  const next = { ...stored, ...plain, headers };
  const errors = checkDestination({ url: next.url, headers: headers.reveal() }, context);
  if (errors.length > 0) return { kind: "unfit", errors };
  const updatedAt = Math.max(context.now(), row.updatedAt + 1);
  const switched = activation(stored, given, context.now());
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
    updatedAt,
    ...switched,
  });
  context.changes.count++;
  return updated.length > 0
    ? { kind: "changed", destination: { ...next, ...switched, updatedAt }, switched: "wakeAt" in switched }
    : { kind: "changed_meanwhile" };
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
