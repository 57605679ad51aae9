/**
 * The start of an answer's body as text: at most `limitBytes` bytes; the rest is cancelled. What arrived before the body
 * broke off, or before `deadline` settled, is kept. Never throws. Read in the charset that its content type names, UTF-8
 * where it names none that is known; bad bytes as U+FFFD, never ending within a character.
 */
export async function readStart(response: Response, limitBytes: number, deadline: Promise<unknown>): Promise<string> {
  const { body, headers } = response;
  if (body === null) return "";
  const reader = body.getReader();
  const wanted = Math.min(limitBytes, lengthOf(headers));
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < wanted) {
      const next = await Promise.race([reader.read(), deadline.then(() => null)]);
      if (next === null || next.done) break;
      const chunk = next.value.subarray(0, limitBytes - length);
      chunks.push(chunk);
      length += chunk.length;
    }
  } catch {
    // The receiver broke off: keep what arrived.
  }
  // Not awaited: a receiver must not be able to stall us while the body is cancelled.
  reader.cancel().catch(() => {});
  const decoder = decoderFor(headers.get("content-type"));
  // SQLite's functions take NUL for the end of a text.
  return chunks
    .map((chunk) => decoder.decode(chunk, { stream: true }))
    .join("")
    .replaceAll("\0", "\ufffd");
}

/** What the answer says of its length; it says nothing of a body that is decoded on its way. */
function lengthOf(headers: Headers): number {
  const length = headers.get("content-length") ?? "";
  return /^\d+$/.test(length) && !headers.has("content-encoding") ? Number(length) : Number.POSITIVE_INFINITY;
}

function decoderFor(contentType: string | null): TextDecoder {
  const [, label = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? "") ?? [];
  try {
    return new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return new TextDecoder();
    throw error;
  }
}
