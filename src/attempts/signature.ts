/** Standard Webhooks signatures, symmetric (v1) and asymmetric (v1a): https://www.standardwebhooks.com */
import { LruCache } from "../security/lru-cache";
import type { SignatureScheme } from "../vocabulary/signature-scheme";

const SECRET_PREFIX = "whsec_";
const KEY_PREFIX = "whsk_";
const PUBLIC_PREFIX = "whpk_";
const SECRET_BYTES = 32;
const LEAST_SECRET_BYTES = 16;
const SEED_BYTES = 32;
/** In characters of the secrets whose keys an isolate keeps. */
const MOST_KEPT = 200_000;
/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Uint8Array.of(
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x04,
  0x22,
  0x04,
  0x20,
);

/** A new signing secret: `whsec_` + base64 of 256 random bits. */
export function newSigningSecret(): string {
  return SECRET_PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
}

/** A new Ed25519 key, `whsk_` + base64 of seed and public half, and that half for receivers, `whpk_` + base64. */
export async function newSigningKey(): Promise<{ signingKey: string; publicKey: string }> {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer);
  const half = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const whole = new Uint8Array([...pkcs8.subarray(-SEED_BYTES), ...half]);
  return { signingKey: KEY_PREFIX + whole.toBase64(), publicKey: PUBLIC_PREFIX + half.toBase64() };
}

/** By which scheme that secret signs. */
export function schemeOf(secret: string): SignatureScheme {
  return secret.startsWith(KEY_PREFIX) ? "v1a" : "v1";
}

/** Whether the text can sign as it stands: `whsec_` + base64 of at least 128 bits. */
export function isSigningSecret(text: string): boolean {
  try {
    return text.startsWith(SECRET_PREFIX) && bytesOf(text, SECRET_PREFIX).length >= LEAST_SECRET_BYTES;
  } catch {
    return false;
  }
}

/** What is signed, `id.timestamp.body`, and the body's part of it. */
export function contentOf(
  id: string,
  timestampSeconds: number,
  body: string,
): { signed: Uint8Array; body: Uint8Array } {
  const head = `${id}.${timestampSeconds}.`;
  const signed = new TextEncoder().encode(head + body);
  return { signed, body: signed.subarray(head.length) };
}

/**
 * The value of `webhook-signature` for that content: one signature for each secret, separated by spaces, so that
 * a receiver may know either secret while one is being replaced: `v1,<base64>` of HMAC-SHA256, and for an Ed25519 key
 * `v1a,<base64>`. Throws when a secret is not base64.
 */
export async function sign(secrets: string[], content: Uint8Array): Promise<string> {
  const signatures = await Promise.all(secrets.map((secret) => signWith(secret, content)));
  return signatures.join(" ");
}

const keys = new LruCache<CryptoKey>(MOST_KEPT);

async function signWith(secret: string, content: Uint8Array): Promise<string> {
  const scheme = schemeOf(secret);
  let key = keys.get(secret);
  if (key === undefined) {
    key = await (scheme === "v1a" ? ed25519KeyOf(secret) : hmacKeyOf(secret));
    keys.set(secret, key, secret.length);
  }
  return `${scheme},${new Uint8Array(await crypto.subtle.sign(key.algorithm.name, key, content)).toBase64()}`;
}

function hmacKeyOf(secret: string): Promise<CryptoKey> {
  const bytes = bytesOf(secret, SECRET_PREFIX);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function ed25519KeyOf(secret: string): Promise<CryptoKey> {
  const seed = bytesOf(secret, KEY_PREFIX).subarray(0, SEED_BYTES);
  return crypto.subtle.importKey("pkcs8", new Uint8Array([...PKCS8_HEAD, ...seed]), { name: "Ed25519" }, false, [
    "sign",
  ]);
}

function bytesOf(secret: string, prefix: string): Uint8Array {
  return Uint8Array.fromBase64(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret);
}
