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

/** A body of at most so many bytes is read at once, which takes a fifth of the time that chunks take. */
const READ_WHOLE_BYTES = 65_536;

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
    return { kind: "text", text: UTF_8.decode(decoded.bytes), sizeBytes: decoded.bytes.byteLength };
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
  const said = Number(request.headers.get("content-length") ?? Number.NaN);
  if (said > limitBytes) return "too_large";
  // HTTP lets no more come than it says. Who only says that much is to come must not take the room of all others.
  if (said <= READ_WHOLE_BYTES) {
    return hold.add(said) ? new Uint8Array(await request.arrayBuffer()) : "no_room";
  }
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
