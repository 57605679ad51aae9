/**
 * A text with a MAC behind it, `<text>_<mac>`: HMAC-SHA256 over the text, cut to 128 bits, in 26 characters of lower-case
 * Crockford base 32. Made with a key that only the Worker has, so a forged one is refused without asking the database.
 */
import { constantTimeEqual } from "./constant-time";
import { KeyCache } from "./key-cache";
import { LruCache } from "./lru-cache";

const RANDOM_BYTES = 16;
const MAC_BYTES = 16;
const MAC_LENGTH = 26;
const SIGNER_LENGTH = 8;
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** How random part and MAC look in a regular expression. */
export const BASE32_26 = "[0-9a-hjkmnp-tv-z]{26}";

/** 128 random bits, in 26 characters. */
export function randomText(): string {
  return base32(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

/** The text with its MAC, made with the first key. */
export async function signText(keys: Uint8Array[], text: string): Promise<string> {
  const [signingKey] = keys;
  if (signingKey === undefined) throw new Error("TOKEN_KEYS holds no key to sign with");
  return `${text}_${await macOf(signingKey, text)}`;
}

/** By which what the first key signs is remembered; says nothing of the key. */
export async function signerOf(keys: Uint8Array[]): Promise<string> {
  const mac = await signText(keys, "data-pusher key id");
  return mac.slice(-SIGNER_LENGTH);
}

/** By the keys, what they are known to have signed, in up to so many characters: that stays true. */
const MOST_KEPT = 100_000;
const knownSigned = new WeakMap<Uint8Array[], LruCache<true>>();

/** Whether any of the keys signed what stands before the MAC. */
export async function isSigned(keys: Uint8Array[], signed: string): Promise<boolean> {
  const known = knownSigned.get(keys) ?? new LruCache<true>(MOST_KEPT);
  knownSigned.set(keys, known);
  if (known.get(signed)) return true;
  const text = signed.slice(0, -(MAC_LENGTH + 1));
  const mac = signed.slice(-MAC_LENGTH);
  const matches = await Promise.all(keys.map(async (key) => constantTimeEqual(mac, await macOf(key, text))));
  if (!matches.includes(true)) return false;
  known.set(signed, true, signed.length);
  return true;
}

const importedKeys = new KeyCache<CryptoKey>();

async function macOf(key: Uint8Array, text: string): Promise<string> {
  const hmac = await importedKeys.get(key, () =>
    crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  );
  const mac = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(text));
  return base32(new Uint8Array(mac).subarray(0, MAC_BYTES));
}

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += CROCKFORD.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + CROCKFORD.charAt((held << (5 - bits)) & 31) : text;
}
