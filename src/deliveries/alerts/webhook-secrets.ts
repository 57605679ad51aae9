import { schemeOf } from "../../attempts/signature";
import type { SigningSecret } from "../../destinations/sealed";

/** A secret that the setting no longer gives signs beside the new one for so long. */
const OVERLAP_MS = 86_400_000;
/** So many sign side by side. */
const MOST_SECRETS = 5;

/**
 * The secrets that sign operational events once the setting `ALERT_WEBHOOK_SECRET` is `configured`, the newest first; null
 * where that changes nothing. The setting decides, also over a secret that was rotated by hand. The keys
 * of `v1a` are not its concern. Pure.
 *
 * @param live those that sign now
 */
export function secretsWith(live: SigningSecret[], configured: string | null, now: number): SigningSecret[] | null {
  const current = live.find(({ expiresAt }) => expiresAt === null);
  if (configured === null || current?.secret === configured) return null;
  const end = now + OVERLAP_MS;
  const others = live
    .filter(({ secret }) => secret !== configured && schemeOf(secret) === "v1")
    .map(({ secret, expiresAt }) => ({ secret, expiresAt: Math.min(expiresAt ?? end, end) }));
  const keys = live.filter(({ secret }) => schemeOf(secret) === "v1a");
  return [...[{ secret: configured, expiresAt: null }, ...others].slice(0, MOST_SECRETS), ...keys];
}
