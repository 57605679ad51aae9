/** SHA-256 of a text's UTF-8 bytes, in lower-case hex: 64 characters. */
export async function sha256Hex(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
