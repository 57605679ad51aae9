/**
 * The token that opens a portal link: `dpl_<the link's 26 characters>_<mac>`. The MAC (full HMAC-SHA256, base64url) uses
 * a key that HKDF derives from `TOKEN_KEYS` for this purpose alone, so that no other signature of ours can pass for it
 * and a forged token is refused without asking the database. The token is stored nowhere: reading the database does not
 * open a portal.
 */
import { constantTimeEqual } from "./constant-time";
import { KeyCache } from "./key-cache";

const INFO = "data-pusher portal-link v1";
const TOKEN_PATTERN = /^dpl_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{43})$/;

/** The token for the link with that id (`lnk_…`), signed with the first key. */
export async function signPortalLink(keys: Uint8Array[], linkId: string): Promise<string> {
  const [first] = keys;
  if (first === undefined) throw new Error("There is no key to sign a portal link with");
  return `dpl_${linkId.slice("lnk_".length)}_${await macOf(first, linkId)}`;
}

/** The id of the link if any of the keys signed the token, otherwise null. The link may have expired or been revoked. */
export async function verifyPortalToken(keys: Uint8Array[], token: string): Promise<string | null> {
  const [, suffix, mac] = TOKEN_PATTERN.exec(token) ?? [];
  if (suffix === undefined || mac === undefined) return null;
  const linkId = `lnk_${suffix}`;
  const matches = await Promise.all(keys.map(async (key) => constantTimeEqual(mac, await macOf(key, linkId))));
  return matches.includes(true) ? linkId : null;
}

const derivedKeys = new KeyCache<CryptoKey>();

async function macOf(secret: Uint8Array, linkId: string): Promise<string> {
  const key = await derivedKeys.get(secret, async () => {
    const hkdf = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode(INFO) };
    const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
    return crypto.subtle.deriveKey(parameters, hkdf, hmac, false, ["sign"]);
  });
  const mac = await crypto.subtle.sign("HMAC", key, encode(linkId));
  return new Uint8Array(mac).toBase64({ alphabet: "base64url", omitPadding: true });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
