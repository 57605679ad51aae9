/**
 * An account's secret token is self-authenticating: `dp_<account id>_<random>_<mac>`. The MAC (HMAC-SHA256 over all before it,
 * cut to 128 bits) is made with a key that only the Worker has, so a forged token is refused without asking the
 * database. Random part and MAC are 26 characters of lower-case Crockford base 32, so the text is read from the right:
 * an account id may itself hold `_` and `-`.
 */
import { constantTimeEqual } from "./constant-time";

const RANDOM_BYTES = 16;
const MAC_BYTES = 16;
const MAC_LENGTH = 26;
const MAX_TOKEN_LENGTH = 128;
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
const TOKEN_PATTERN = /^dp_[A-Za-z0-9_-]{1,64}_[0-9a-hjkmnp-tv-z]{26}_[0-9a-hjkmnp-tv-z]{26}$/;

/** Mints a new token for the account, signed with the first key. */
export async function mintAccountToken(keys: Uint8Array[], accountId: string): Promise<string> {
  const [signingKey] = keys;
  if (signingKey === undefined) throw new Error("There is no key to sign an account token with");
  const text = `dp_${accountId}_${base32(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))}`;
  return `${text}_${await macOf(signingKey, text)}`;
}

/** Whether any of the keys signed the token. The account may still be gone, or the token revoked. */
export async function verifyAccountToken(keys: Uint8Array[], token: string): Promise<boolean> {
  if (token.length > MAX_TOKEN_LENGTH || !TOKEN_PATTERN.test(token)) return false;
  const text = token.slice(0, -(MAC_LENGTH + 1));
  const mac = token.slice(-MAC_LENGTH);
  const matches = await Promise.all(keys.map(async (key) => constantTimeEqual(mac, await macOf(key, text))));
  return matches.includes(true);
}

async function macOf(key: Uint8Array, text: string): Promise<string> {
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
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
