/** Standard Webhooks signatures, symmetric (v1): https://www.standardwebhooks.com */
const PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** A new signing secret: `whsec_` + base64 of 256 random bits. */
export function newSigningSecret(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
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
  const bytes = Uint8Array.fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${new Uint8Array(await crypto.subtle.sign("HMAC", key, content)).toBase64()}`;
}
