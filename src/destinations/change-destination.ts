import { newSigningKey } from "../attempts/signature";
import type { AuditAction } from "../audit/actions";
import { type Acting, audited, difference } from "../audit/audit";
import { type DestinationRow, type SealedColumns, selectDestination, updateDestination } from "../db/destinations";
import { transaction } from "../db/transaction";
import type { FieldError } from "../errors/field-error";
import { maskUrl, OpenUrl, unmaskUrl } from "../security/masked-url";
import { maskHeaders, OpenHeaders, unmaskHeaders } from "../security/masking";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { pauseReasonOf } from "../vocabulary/states";
import { activation, type Change, refusal } from "./activation";
import { checkDestination } from "./check-destination";
import {
  auditFields,
  type Destination,
  type DestinationContext,
  type DestinationInput,
  destinationOf,
  shownInAudit,
} from "./destination";
import { openAll, type Place, sealAll } from "./sealed";

export type Changed =
  /**
   * `switched`: on or off, so that what is held for it is to be seen to: wake it. `moved`: its URL leads to another
   * origin, where the old one still knows the signing secret.
   */
  | { kind: "changed"; destination: Destination; switched: boolean; moved: boolean }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" }
  /** An operator has disabled or paused it, which the tenant cannot undo; or its account is suspended. */
  | { kind: "stopped_by_operator" }
  | { kind: "account_suspended" }
  | { kind: "unfit"; errors: FieldError[] };

/** What `***` stands for. */
export type Kept = Pick<Destination, "headers" | "calledUrl">;

/**
 * Replaces the fields that are given and keeps the rest, as well as each secret that comes back masked, unless
 * the URL leads to another origin: a secret stays with the host that it was given for. Where nothing is given, nothing
 * is changed.
 *
 * @param change makes the new fields from the stored destination. Pure, since it may be asked twice: the headers that it
 * sees hold no secret where its URL leads to another origin
 */
export async function changeDestination(
  context: DestinationContext & Acting,
  destinationId: string,
  change: (stored: Destination) => Change,
): Promise<Changed> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  if (!row) return { kind: "unknown" };
  const stored = await destinationOf(context.sealingKeys, row);
  const { url: wanted = stored.url } = change(stored);
  const moved = isMove(stored, wanted);
  const kept = keptAt(stored, wanted);
  const given = change({ ...stored, headers: kept.headers });
  if (Object.keys(given).length === 0) return { kind: "changed", destination: stored, switched: false, moved };
  const { url: givenUrl, headers: givenHeaders, paused, ...plain } = given;
  const url = givenUrl === undefined ? stored.calledUrl.reveal() : unmaskUrl(givenUrl, kept.calledUrl);
  const place = { ...row, url };
  const headers = givenHeaders === undefined ? kept.headers : unmaskHeaders(givenHeaders, kept.headers);
  const isSealedAnew = givenUrl !== undefined || givenHeaders !== undefined;
  const errors = [
    ...(isSealedAnew || (stored.unreadable === null && !paused)
      ? checkDestination({ url, headers }, context, moved)
      : []),
    ...(isSealedAnew ? missing(stored, given) : []),
  ];
  if (errors.length > 0) return { kind: "unfit", errors };
  const next = { ...stored, ...plain, url: maskUrl(url), calledUrl: new OpenUrl(url), headers };
  const updatedAt = Math.max(context.now(), row.updatedAt + 1);
  const switched = activation(stored, given, context);
  const refused = switched === null ? null : refusal(row, next.enabled, context.actor);
  if (refused !== null) return { kind: refused };
  const isKeyed = next.signatureSchemes.includes("v1a") && row.publicKey === null && stored.unreadable === null;
  const sealed = isSealedAnew || isKeyed ? await sealAnew(context, row, place, headers, isKeyed) : {};
  const { publicKey = row.publicKey } = sealed;
  const { unreadable } = await destinationOf(context.sealingKeys, { ...row, ...sealed });
  const asksAnew = next.filter !== stored.filter || `${next.eventTypes}` !== `${stored.eventTypes}`;
  const filterRevision = stored.filterRevision + Number(asksAnew);
  const destination = { ...next, ...switched, publicKey, unreadable, filterRevision, updatedAt };
  // Its health is left alone unless it is switched on or off: attempts update it concurrently.
  const { updated } = await transaction(context.db, {
    updated: updateDestination(context.db, destinationId, row.updatedAt, {
      httpMethod: next.httpMethod,
      description: next.description,
      enabled: next.enabled,
      timeoutMs: next.timeoutMs,
      retrySchedule: next.retrySchedule,
      maxAttempts: next.maxAttempts,
      signatureSchemes: next.signatureSchemes,
      eventTypes: next.eventTypes,
      filter: next.filter,
      filterRevision,
      transformation: next.transformation,
      templates: next.templates,
      updatedAt,
      ...sealed,
      ...switched,
    }),
    audit: audited(context, {
      action: actionOf(stored, given),
      of: { account: stored.accountId },
      target: destinationId,
      ...difference(auditFields(stored), auditFields(destination), shownInAudit(stored), shownInAudit(destination)),
    }),
  });
  context.changes.count++;
  return updated.length > 0
    ? { kind: "changed", destination, switched: typeof switched?.wakeAt === "number", moved }
    : { kind: "changed_meanwhile" };
}

/** What has to be given with the rest, since what is stored of it does not open. */
function missing({ unreadable }: Destination, given: Partial<DestinationInput>): FieldError[] {
  return (["url", "headers"] as const).flatMap((path) =>
    unreadable?.parts.includes(path) && given[path] === undefined
      ? { path, message: `Give it anew: what is stored cannot be read. ${unreadable.reason}.` }
      : [],
  );
}

/**
 * The signing secrets go along, unless they do not open: then they have to be rotated. `isKeyed`: with them goes the first
 * key of `v1a`.
 */
async function sealAnew(
  { sealingKeys, now }: DestinationContext,
  row: DestinationRow,
  place: Place,
  headers: OpenHeaders,
  isKeyed: boolean,
): Promise<Partial<SealedColumns & Pick<DestinationRow, "publicKey">>> {
  const { secrets } = await openAll(sealingKeys, row, [], now());
  const pair = isKeyed && secrets !== null ? await newSigningKey() : null;
  const [current, ...earlier] = secrets ?? [];
  const key = pair === null ? [] : [{ secret: pair.signingKey, expiresAt: null }];
  const all = [...(current ? [current] : []), ...key, ...earlier];
  const { sealedSecrets, sealedBy, ...sealed } = await sealAll(sealingKeys, place, headers, all);
  if (secrets === null) return { ...sealed, sealedBy: "" };
  return { ...sealed, sealedSecrets, sealedBy, ...(pair && { publicKey: pair.publicKey }) };
}

/** What a destination keeps at a URL: its secrets stay masked where that leads to another origin. */
export function keptAt(stored: Destination, url: string): Kept {
  if (!isMove(stored, url)) return stored;
  const headers = new OpenHeaders(maskHeaders(stored.headers), stored.headers.publicNames);
  return { headers, calledUrl: new OpenUrl(stored.url) };
}

function isMove(stored: Destination, url: string): boolean {
  const to = URL.parse(url);
  return to !== null && to.origin !== new URL(stored.url).origin;
}

function actionOf(stored: Destination, given: Change): AuditAction {
  if (given.paused) return "destination.paused";
  if (given.enabled === undefined || Object.keys(given).length > 1) return "destination.changed";
  if (!given.enabled) return "destination.disabled";
  return pauseReasonOf(stored) === null ? "destination.enabled" : "destination.resumed";
}
