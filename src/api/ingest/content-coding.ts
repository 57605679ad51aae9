import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

const DECODERS = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

export type ContentCoding = keyof typeof DECODERS | "identity";

/** The supported codings, as an `Accept-Encoding` value. */
export const ACCEPTED_CODINGS = "gzip, deflate, br";

/** The coding that a `Content-Encoding` names, `identity` for none; null for an unsupported one, or for several. */
export function contentCodingOf(header: string | undefined): ContentCoding | null {
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const [name = "identity", ...others] = names.filter((one) => one !== "" && one !== "identity");
  if (others.length > 0) return null;
  return isKnown(name) ? name : null;
}

function isKnown(name: string): name is ContentCoding {
  return name === "identity" || Object.hasOwn(DECODERS, name);
}

export type Decoded = { kind: "decoded"; bytes: Uint8Array } | { kind: "too_large" } | { kind: "not_decodable" };

/**
 * Decodes the body. Never produces more than `limitBytes` bytes, however far a small body would expand: node:zlib stops
 * there, while a DecompressionStream would go on filling an unbounded buffer.
 */
export function decode(bytes: Uint8Array, coding: ContentCoding, limitBytes: number): Decoded {
  if (coding === "identity") return { kind: "decoded", bytes };
  try {
    return { kind: "decoded", bytes: DECODERS[coding](bytes, { maxOutputLength: limitBytes }) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "too_large" };
    if (error instanceof Error) return { kind: "not_decodable" };
    throw error;
  }
}
