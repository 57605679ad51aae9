/** How requests are signed, by the prefixes of Standard Webhooks: `v1` is HMAC-SHA256, `v1a` Ed25519. */
export const SIGNATURE_SCHEMES = ["v1", "v1a"] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];
