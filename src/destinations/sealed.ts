/** What of a destination is sealed before it reaches the database: its URL, its headers and its signing secrets. */
import type { SealedColumns } from "../db/destinations";
import { LruCache } from "../security/lru-cache";
import { maskUrl, OpenUrl } from "../security/masked-url";
import { OpenHeaders } from "../security/masking";
import { open, seal, sealingKeyIds, Unopenable } from "../security/sealing";
import type { HeaderMap } from "../vocabulary/headers";

/** A signing secret, or the Ed25519 key of `v1a`; a rotated one is used until `expiresAt`. */
export type SigningSecret = { secret: string; expiresAt: number | null };

/** What a sealed text is bound to, and opens nowhere else: its row, and the host to which its secrets go. */
export type Place = { accountId: string; destinationId: string; url: string };

/** A row's sealed columns; a URL that is not sealed, from before it was, is whole. */
export type SealedRow = Place & Pick<SealedColumns, "sealedUrl" | "sealedHeaders" | "sealedSecrets">;

type Part = "url" | "headers" | "signing_secret";
/** Which parts do not open, and why, to people. */
export type Unreadable = { parts: Part[]; reason: string };

/** All columns of a destination whose secrets are these, under the first key. */
export async function sealAll(
  keys: Uint8Array[],
  place: Place,
  headers: OpenHeaders,
  secrets: SigningSecret[],
): Promise<SealedColumns> {
  const [sealedUrl, sealedHeaders, sealedSecrets, [sealedBy = ""]] = await Promise.all([
    seal(keys, place.url, bindingOf(place, "url")),
    seal(keys, JSON.stringify(headers.reveal()), bindingOf(place, "headers")),
    sealSecrets(keys, place, secrets),
    sealingKeyIds(keys),
  ]);
  return { url: maskUrl(place.url), sealedUrl, sealedHeaders, sealedSecrets, sealedBy };
}

export function sealSecrets(keys: Uint8Array[], place: Place, secrets: SigningSecret[]): Promise<string> {
  return seal(keys, JSON.stringify(secrets), bindingOf(place, "secrets"));
}

/** Which key seals a row of which a part is written anew: known where it was the first one before. */
export async function sealedByAfter(
  keys: Uint8Array[],
  { sealedBy }: Pick<SealedColumns, "sealedBy">,
): Promise<string> {
  const [first] = await sealingKeyIds(keys);
  return sealedBy === first ? sealedBy : "";
}

async function openUrl(keys: Uint8Array[], row: SealedRow): Promise<OpenUrl> {
  return new OpenUrl(row.sealedUrl === null ? row.url : await open(keys, row.sealedUrl, bindingOf(row, "url")));
}

async function openHeaders(keys: Uint8Array[], row: SealedRow): Promise<HeaderMap> {
  const text = await open(keys, row.sealedHeaders, bindingOf(row, "headers"), `${row.destinationId}:headers`);
  return Object.freeze(JSON.parse(text));
}

async function openSecrets(keys: Uint8Array[], row: SealedRow): Promise<SigningSecret[]> {
  const text = await open(keys, row.sealedSecrets, bindingOf(row, "secrets"), `${row.destinationId}:secrets`);
  return JSON.parse(text);
}

/** The secrets and keys in use at `now`, newest first; of those that do not end, the secret comes before the key. */
function inUse(secrets: readonly SigningSecret[], now: number): SigningSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}

type OpenRow =
  | { url: OpenUrl; headers: OpenHeaders; secrets: SigningSecret[]; unreadable: null }
  | { url: OpenUrl | null; headers: OpenHeaders | null; secrets: SigningSecret[] | null; unreadable: Unreadable };

/** All of a row; a part that does not open is null, and named. */
export async function openAll(
  keys: Uint8Array[],
  row: SealedRow,
  publicNames: readonly string[],
  now: number,
): Promise<OpenRow> {
  const texts = textsOf(row);
  const known = openedBy.get(keys)?.get(row.destinationId);
  if (known?.texts === texts) return whole(known, publicNames, now);
  const parts: Part[] = [];
  let reason = "";
  async function opened<Value>(part: Part, opening: Promise<Value>): Promise<Value | null> {
    try {
      return await opening;
    } catch (error) {
      if (!(error instanceof Unopenable)) throw error;
      parts.push(part);
      reason = error.message;
      return null;
    }
  }
  const url = await opened("url", openUrl(keys, row));
  const headers = await opened("headers", openHeaders(keys, row));
  const secrets = await opened("signing_secret", openSecrets(keys, row));
  if (url !== null && headers !== null && secrets !== null) {
    const opening = { texts, url, headers, secrets };
    const kept = openedBy.get(keys) ?? new LruCache(MOST_KEPT);
    openedBy.set(keys, kept.set(row.destinationId, opening, texts.length));
    return whole(opening, publicNames, now);
  }
  return {
    url,
    headers: headers && new OpenHeaders(headers, publicNames),
    secrets: secrets && inUse(secrets, now),
    unreadable: { parts, reason },
  };
}

/** What sealed texts hold, secrets that have ended included. */
type Opened = { texts: string; url: OpenUrl; headers: HeaderMap; secrets: readonly SigningSecret[] };

/** In characters of sealed texts; what they hold takes about as much again. */
const MOST_KEPT = 2_000_000;

/** By the keys, what they have opened last of each destination. Other texts of it, or another place, are opened anew. */
const openedBy = new WeakMap<Uint8Array[], LruCache<Opened>>();

/** None of them holds a line break. */
function textsOf({ accountId, url, sealedUrl, sealedHeaders, sealedSecrets }: SealedRow): string {
  return [accountId, url, sealedUrl, sealedHeaders, sealedSecrets].join("\n");
}

function whole({ url, headers, secrets }: Opened, publicNames: readonly string[], now: number): OpenRow {
  return { url, headers: new OpenHeaders(headers, publicNames), secrets: inUse(secrets, now), unreadable: null };
}

function bindingOf({ accountId, destinationId, url }: Place, what: string): string {
  return `${accountId} ${destinationId} ${URL.parse(url)?.origin} ${what}`;
}
