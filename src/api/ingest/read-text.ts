import type { Hold } from "../../limits/held-bytes";
import { type ContentCoding, decode } from "./content-coding";

export type ReadText =
  | { kind: "text"; text: string; sizeBytes: number }
  | { kind: "not_utf8" }
  /** The body is not in the coding that the request names. */
  | { kind: "not_decodable" }
  | { kind: "too_large" }
  /** The isolate holds as many bytes as it can. */
  | { kind: "no_room" };

/**
 * Decodes a request's body and reads it as UTF-8, keeping a byte order mark. At most `limitBytes` are held, both as sent
 * and decoded, and counted in `hold`; `sizeBytes` counts the decoded bytes.
 */
export async function readText(
  request: Request,
  coding: ContentCoding,
  limitBytes: number,
  hold: Hold,
): Promise<ReadText> {
  const sent = await readBytes(request, limitBytes, hold);
  if (sent === "too_large" || sent === "no_room") return { kind: sent };
  const decoded = decode(sent, coding, limitBytes);
  if (decoded.kind !== "decoded") return decoded;
  if (!hold.add(decoded.bytes.byteLength - sent.byteLength)) return { kind: "no_room" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decoded.bytes);
    return { kind: "text", text, sizeBytes: decoded.bytes.byteLength };
  } catch (error) {
    if (error instanceof TypeError) return { kind: "not_utf8" };
    throw error;
  }
}

/** The body as it was sent. At the limit, or when there is no room for more, reading stops. */
async function readBytes(
  request: Request,
  limitBytes: number,
  hold: Hold,
): Promise<Uint8Array | "too_large" | "no_room"> {
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return "too_large";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > limitBytes) return "too_large";
    if (!hold.add(chunk.byteLength)) return "no_room";
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
