import { type ContentCoding, decode } from "./content-coding";

export type ReadText =
  | { kind: "text"; text: string; sizeBytes: number }
  | { kind: "not_utf8" }
  /** The body is not in the coding that the request names. */
  | { kind: "not_decodable" }
  | { kind: "too_large" };

/**
 * Decodes a request's body and reads it as UTF-8, keeping a byte order mark. At most `limitBytes` are held, both as sent
 * and decoded; `sizeBytes` counts the decoded bytes.
 */
export async function readText(request: Request, coding: ContentCoding, limitBytes: number): Promise<ReadText> {
  const sent = await readBytes(request, limitBytes);
  if (sent === null) return { kind: "too_large" };
  const decoded = decode(sent, coding, limitBytes);
  if (decoded.kind !== "decoded") return decoded;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decoded.bytes);
    return { kind: "text", text, sizeBytes: decoded.bytes.byteLength };
  } catch (error) {
    if (error instanceof TypeError) return { kind: "not_utf8" };
    throw error;
  }
}

/** The body as it was sent; null when it exceeds the limit, at which reading stops. */
async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > limitBytes) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
