/** Standard Webhooks signatures, symmetric (v1): https://www.standardwebhooks.com */
const PREFIX = "whsec_";
const SECRET_BYTES = 32;
const LEAST_SECRET_BYTES = 16;

/** A new signing secret: `whsec_` + base64 of 256 random bits. */
export function newSigningSecret(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
}

/** Whether the text can sign as it stands: `whsec_` + base64 of at least 128 bits. */
export function isSigningSecret(text: string): boolean {
  try {
    return text.startsWith(PREFIX) && bytesOf(text).length >= LEAST_SECRET_BYTES;
  } catch {
    return false;
  }
}

/**
 * The value of `webhook-signature`: `v1,<base64>` of HMAC-SHA256 over `id.timestamp.body`, one for each secret, separated
 * by spaces, so that a receiver may know either secret while one is being replaced. Throws when a secret is not base64.
 */
export async function sign(secrets: string[], id: string, timestampSeconds: number, body: string): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestampSeconds}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => signWith(secret, content)));
  return signatures.join(" ");
}

async function signWith(secret: string, content: Uint8Array): Promise<string> {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${new Uint8Array(await crypto.subtle.sign("HMAC", key, content)).toBase64()}`;
}

function bytesOf(secret: string): Uint8Array {
  return Uint8Array.fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
}
