import type { Database } from "../db/database";
import type { DestinationRow, SettingColumns } from "../db/destinations";
import { maskHeaders, OpenHeaders } from "../security/masking";
import type { OutboundRules } from "../security/outbound-guard";
import { open, seal } from "../security/sealing";
import type { Actor } from "../vocabulary/actor";
import type { HeaderMap } from "../vocabulary/headers";
import type { SignatureScheme } from "../vocabulary/signature-scheme";
import type { DisabledReason } from "../vocabulary/states";
import type { WireName } from "../vocabulary/wire-name";

/** Where an account's events go. */
export type Destination = Omit<DestinationRow, "key" | "sealedHeaders" | "sealedSecrets" | "signatureSchemes"> & {
  headers: OpenHeaders;
  signatureSchemes: SignatureScheme[];
};

export type DestinationContext = {
  db: Database;
  /** The keys that seal stored headers and signing secrets: the first seals, all of them open. */
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
 * is not. A sensitive header may be `***`, which stands for the stored value.
 */
export type DestinationInput = Omit<SettingColumns, "sealedHeaders" | "signatureSchemes"> & {
  headers: HeaderMap;
  /** At least one, each once. */
  signatureSchemes: SignatureScheme[];
};

/** The same fields as the API and the form name them. */
export type DestinationField = WireName<keyof DestinationInput>;

type Settings = Omit<DestinationInput, "headers"> & { headers: OpenHeaders };

/** A signing secret, or the Ed25519 key of `v1a`; a rotated one is used until `expiresAt`. */
export type SigningSecret = { secret: string; expiresAt: number | null };

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

/** A sealed text is bound to its row and opens nowhere else. */
export function sealHeaders(keys: Uint8Array[], destinationId: string, headers: OpenHeaders): Promise<string> {
  return seal(keys, JSON.stringify(headers.reveal()), `${destinationId}:headers`);
}

export async function openHeaders(
  keys: Uint8Array[],
  row: Pick<DestinationRow, "destinationId" | "sealedHeaders">,
): Promise<OpenHeaders> {
  return new OpenHeaders(JSON.parse(await open(keys, row.sealedHeaders, `${row.destinationId}:headers`)));
}

/** Why a destination is disabled that this one has disabled. */
export function disabledBy(actor: Actor): DisabledReason {
  return actor.kind === "operator" ? "disabled_by_operator" : "disabled_by_user";
}

/** A destination's settings as the audit trail keeps them, by their names on the wire. */
export function auditFields(settings: Settings): Record<DestinationField, unknown> {
  return {
    url: settings.url,
    http_method: settings.httpMethod,
    headers: settings.headers.reveal(),
    description: settings.description,
    enabled: settings.enabled,
    timeout_ms: settings.timeoutMs,
    retry_schedule: settings.retrySchedule,
    max_attempts: settings.maxAttempts,
    signature_schemes: settings.signatureSchemes,
  };
}

/** The same, as an entry may show it. */
export function shownInAudit(settings: Settings): Record<DestinationField, unknown> {
  return { ...auditFields(settings), url: withoutQuery(settings.url), headers: maskHeaders(settings.headers) };
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*/, "?…");
}

export function sealSecrets(keys: Uint8Array[], destinationId: string, secrets: SigningSecret[]): Promise<string> {
  return seal(keys, JSON.stringify(secrets), `${destinationId}:secrets`);
}

/** The secrets and keys in use at `now`, newest first; of those that do not end, the secret comes before the key. */
export async function openSecrets(
  keys: Uint8Array[],
  row: Pick<DestinationRow, "destinationId" | "sealedSecrets">,
  now: number,
): Promise<SigningSecret[]> {
  const secrets: SigningSecret[] = JSON.parse(await open(keys, row.sealedSecrets, `${row.destinationId}:secrets`));
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}

/** What verifies its `v1a` signatures; null where it is not signed like that. */
export function publicKeyOf(destination: Pick<Destination, "publicKey" | "signatureSchemes">): string | null {
  return destination.signatureSchemes.includes("v1a") ? destination.publicKey : null;
}

export async function destinationOf(keys: Uint8Array[], row: DestinationRow): Promise<Destination> {
  const { key: _key, sealedHeaders: _headers, sealedSecrets: _secrets, signatureSchemes, ...rest } = row;
  return { ...rest, signatureSchemes: signatureSchemes ?? DEFAULT_SCHEMES, headers: await openHeaders(keys, row) };
}
