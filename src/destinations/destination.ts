import type { Database } from "../db/database";
import type { DestinationRow, SealedColumns, SettingColumns } from "../db/destinations";
import { maskUrl, OpenUrl } from "../security/masked-url";
import { maskHeaders, OpenHeaders } from "../security/masking";
import type { OutboundRules } from "../security/outbound-guard";
import type { Actor } from "../vocabulary/actor";
import type { HeaderMap } from "../vocabulary/headers";
import type { SignatureScheme } from "../vocabulary/signature-scheme";
import type { DisabledReason, PauseReason } from "../vocabulary/states";
import type { WireName } from "../vocabulary/wire-name";
import { openAll, type Unreadable } from "./sealed";

/** Where an account's events go. */
export type Destination = Omit<
  DestinationRow,
  "key" | "publicHeaders" | "accountSuspendedAt" | "signatureSchemes" | Exclude<keyof SealedColumns, "url">
> & {
  /** `url` is the same as it may be shown: the values of its query are masked. */
  calledUrl: OpenUrl;
  headers: OpenHeaders;
  signatureSchemes: SignatureScheme[];
  /** What of it does not open: its deliveries end as unsendable. */
  unreadable: Unreadable | null;
};

export type DestinationContext = {
  db: Database;
  /** The keys that seal stored URLs, headers and signing secrets: the first seals, all of them open. */
  sealingKeys: Uint8Array[];
  /** Where destinations may lead. */
  outbound: OutboundRules;
  /** The hosts that this gateway is reached at (`name` or `name:port`): a destination there would be a loop. */
  ownHosts: readonly string[];
  /** Counts what this isolate changes, so that what it has leased meanwhile is looked at again. */
  changes: { count: number };
  now: () => number;
};

/**
 * The settings of a destination, one field for each column that stores one. Their form is validated, where the URL leads
 * is not. A value of a header, or in the URL's query, may be `***`, which stands for the stored one.
 */
export type DestinationInput = Omit<SettingColumns, "sealedHeaders" | "signatureSchemes"> & {
  headers: HeaderMap;
  /** At least one, each once. */
  signatureSchemes: SignatureScheme[];
};

/** The same fields as the API and the form name them. */
export type DestinationField = WireName<keyof DestinationInput>;

/** `url` may be masked where `calledUrl` has the whole. */
type Settings = Omit<DestinationInput, "headers"> & { headers: OpenHeaders; calledUrl?: OpenUrl };

export const MOST_DESTINATIONS = 100;

/** Those of a destination from before there was a choice. */
export const DEFAULT_SCHEMES: SignatureScheme[] = ["v1"];

/** The health of a destination that was never attempted. */
export const NO_HISTORY = {
  consecutiveFailures: 0,
  failingSince: null,
  attemptsPerSuccess: 1,
  usualDurationMs: 0,
  wakeAt: null,
};

/** Why a destination is disabled that this one has disabled. */
export function disabledBy(actor: Actor): DisabledReason {
  return actor.kind === "operator" ? "disabled_by_operator" : "disabled_by_user";
}

/** Why a destination is paused that this one has paused. */
export function pausedBy(actor: Actor): PauseReason {
  return actor.kind === "operator" ? "paused_by_operator" : "paused_by_user";
}

/** A destination's settings as the audit trail keeps them, by their names on the wire. */
export function auditFields(settings: Settings): Record<DestinationField, unknown> {
  return {
    url: settings.calledUrl?.reveal() ?? settings.url,
    http_method: settings.httpMethod,
    headers: settings.headers.reveal(),
    description: settings.description,
    enabled: settings.enabled,
    timeout_ms: settings.timeoutMs,
    retry_schedule: settings.retrySchedule,
    max_attempts: settings.maxAttempts,
    signature_schemes: settings.signatureSchemes,
    event_types: settings.eventTypes ?? [],
    filter: settings.filter,
    transformation: settings.transformation,
    templates: settings.templates,
  };
}

/** The same, as an entry may show it. */
export function shownInAudit(settings: Settings): Record<DestinationField, unknown> {
  return { ...auditFields(settings), url: maskUrl(settings.url), headers: maskHeaders(settings.headers) };
}

/** What verifies its `v1a` signatures; null where it is not signed like that. */
export function publicKeyOf(destination: Pick<Destination, "publicKey" | "signatureSchemes">): string | null {
  return destination.signatureSchemes.includes("v1a") ? destination.publicKey : null;
}

/** A destination as its row tells, with what of it does not open. */
export async function destinationOf(keys: Uint8Array[], row: DestinationRow): Promise<Destination> {
  const {
    key: _key,
    sealedUrl,
    sealedHeaders,
    sealedSecrets,
    sealedBy: _by,
    publicHeaders,
    accountSuspendedAt: _suspendedAt,
    signatureSchemes,
    ...rest
  } = row;
  const publicNames = publicHeaders ?? [];
  const { url, headers, unreadable } = await openAll(
    keys,
    { ...rest, sealedUrl, sealedHeaders, sealedSecrets },
    publicNames,
    0,
  );
  const shownUrl = maskUrl(row.url);
  return {
    ...rest,
    signatureSchemes: signatureSchemes ?? DEFAULT_SCHEMES,
    url: shownUrl,
    calledUrl: url ?? new OpenUrl(shownUrl),
    headers: headers ?? new OpenHeaders({}, publicNames),
    unreadable,
  };
}
