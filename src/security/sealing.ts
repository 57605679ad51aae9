/**
 * Secrets that must be read again (signing secrets, header values, URLs) are sealed before they reach the database:
 * AES-GCM with 256 bits and a random 96-bit nonce (NIST SP 800-38D). A sealed text reads `v2.<key id>.<nonce + ciphertext>`;
 * the key id (32 bits, derived from the key like the AES key itself, by HKDF) lets a rotated key be found without trying.
 * `v1` differs in nothing but what it was bound to.
 */
import { KeyCache } from "./key-cache";

const VERSION = "v2";
const NONCE_BYTES = 12;
const AES_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;

/** A sealed text that does not open. Its message says why, to people, without anything of what is sealed. */
export class Unopenable extends Error {}

/**
 * Seals the text with the first key. `context` is authenticated but not stored: the same one must be given to open, so
 * a text that was moved to another row does not open there.
 */
export async function seal(keys: Uint8Array[], plaintext: string, context: string): Promise<string> {
  const { id, key } = await sealingKey(firstOf(keys));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: encode(context) },
    key,
    encode(plaintext),
  );
  const box = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
  box.set(nonce);
  box.set(new Uint8Array(ciphertext), NONCE_BYTES);
  return `${VERSION}.${id}.${box.toBase64()}`;
}

/**
 * The text that was sealed under that context, by any of the keys.
 *
 * @param contextOfV1 under which it was sealed if it is a `v1`
 * @throws Unopenable
 */
export async function open(
  keys: Uint8Array[],
  sealed: string,
  context: string,
  contextOfV1 = context,
): Promise<string> {
  const [version, id, base64, ...rest] = sealed.split(".");
  if ((version !== VERSION && version !== "v1") || id === undefined || base64 === undefined || rest.length > 0) {
    throw new Unopenable("This is no sealed text");
  }
  const candidates = (await Promise.all(keys.map(sealingKey))).filter((candidate) => candidate.id === id);
  if (candidates.length === 0) {
    throw new Unopenable(
      `Sealed under key ${id}, which is not among the sealing keys: put that key back behind the new one`,
    );
  }
  for (const { key } of candidates) {
    const plaintext = await tryOpen(key, base64, version === VERSION ? context : contextOfV1);
    if (plaintext !== null) return plaintext;
  }
  throw new Unopenable("The sealed text was changed or belongs to another row: it does not open");
}

/** The ids of the keys, in their order, by which sealed texts name them. */
export async function sealingKeyIds(keys: Uint8Array[]): Promise<string[]> {
  return (await Promise.all(keys.map(sealingKey))).map(({ id }) => id);
}

async function tryOpen(key: CryptoKey, base64: string, context: string): Promise<string | null> {
  try {
    const box = Uint8Array.fromBase64(base64);
    const algorithm = { name: "AES-GCM", iv: box.subarray(0, NONCE_BYTES), additionalData: encode(context) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, box.subarray(NONCE_BYTES)));
  } catch {
    return null;
  }
}

const derivedKeys = new KeyCache<{ id: string; key: CryptoKey }>();

function sealingKey(secret: Uint8Array): Promise<{ id: string; key: CryptoKey }> {
  return derivedKeys.get(secret, async () => {
    const hkdf = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
    const parameters = {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encode("data-pusher sealing v1"),
    };
    const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, hkdf, (AES_KEY_BYTES + KEY_ID_BYTES) * 8));
    return {
      id: bits.subarray(AES_KEY_BYTES).toHex(),
      key: await crypto.subtle.importKey("raw", bits.subarray(0, AES_KEY_BYTES), "AES-GCM", false, [
        "encrypt",
        "decrypt",
      ]),
    };
  });
}

function firstOf(keys: Uint8Array[]): Uint8Array {
  const [first] = keys;
  if (first === undefined) throw new Error("There is no key to seal with");
  return first;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
