/**
 * The start of a body as text: at most `limitBytes` bytes; the rest is cancelled. What arrived before the body broke off,
 * or before `deadline` settled, is kept. Never throws. Read in the charset that `contentType` names, UTF-8 where it names
 * none that is known; bad bytes as U+FFFD, never ending within a character.
 */
export async function readStart(
  body: ReadableStream<Uint8Array> | null,
  limitBytes: number,
  deadline: Promise<unknown>,
  contentType: string | null,
): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const start = new Uint8Array(limitBytes);
  let length = 0;
  try {
    while (length < limitBytes) {
      const next = await Promise.race([reader.read(), deadline.then(() => null)]);
      if (next === null || next.done) break;
      const chunk = next.value.subarray(0, limitBytes - length);
      start.set(chunk, length);
      length += chunk.length;
    }
  } catch {
    // The receiver broke off: keep what arrived.
  }
  // Not awaited: a receiver must not be able to stall us while the body is cancelled.
  reader.cancel().catch(() => {});
  const text = decoderFor(contentType).decode(start.subarray(0, length), { stream: true });
  // SQLite's functions take NUL for the end of a text.
  return text.replaceAll("\0", "\ufffd");
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
