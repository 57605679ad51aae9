/**
 * The text that opens a portal link: `dpl_<the link's 26 characters>_<mac>`. The MAC (HMAC-SHA256 in full, base64url) is
 * made under a key that HKDF derives from `TOKEN_KEYS` for this alone, so that no other signature of ours can pass for
 * one, and a made-up text is refused without a look into the database. It is made again from the link's id and stored
 * nowhere: whoever reads the database cannot open a portal.
 */
import { constantTimeEqual } from "./constant-time";

const INFO = "data-pusher portal-link v1";
const TOKEN_PATTERN = /^dpl_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{43})$/;

/** The text for the link of that id (`lnk_…`). The first key signs it. */
export async function signPortalLink(keys: Uint8Array[], linkId: string): Promise<string> {
  const [first] = keys;
  if (first === undefined) throw new Error("There is no key to sign a portal link with");
  return `dpl_${linkId.slice("lnk_".length)}_${await macOf(first, linkId)}`;
}

/** The id of the link that any of the keys signed; null for all else. It says nothing of whether the link is live. */
export async function verifyPortalToken(keys: Uint8Array[], token: string): Promise<string | null> {
  const [, suffix, mac] = TOKEN_PATTERN.exec(token) ?? [];
  if (suffix === undefined || mac === undefined) return null;
  const linkId = `lnk_${suffix}`;
  const matches = await Promise.all(keys.map(async (key) => constantTimeEqual(mac, await macOf(key, linkId))));
  return matches.includes(true) ? linkId : null;
}

async function macOf(secret: Uint8Array, linkId: string): Promise<string> {
  const hkdf = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode(INFO) };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await crypto.subtle.deriveKey(parameters, hkdf, hmac, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encode(linkId));
  return new Uint8Array(mac).toBase64({ alphabet: "base64url", omitPadding: true });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
