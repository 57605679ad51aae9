export type ReadText =
  | { kind: "text"; text: string; sizeBytes: number }
  | { kind: "not_utf8"; sizeBytes: number }
  | { kind: "too_large" };

/** Reads a request's body as UTF-8, as it came: no byte order mark is taken off. Stops at the limit. */
export async function readText(request: Request, limitBytes: number): Promise<ReadText> {
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return { kind: "too_large" };
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (sizeBytes > limitBytes) return { kind: "too_large" };
    chunks.push(chunk);
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
    return { kind: "text", text, sizeBytes };
  } catch (error) {
    if (error instanceof TypeError) return { kind: "not_utf8", sizeBytes };
    throw error;
  }
}
