const MIN_KEY_BYTES = 32;

/**
 * The keys of a secret such as `TOKEN_KEYS`: base64 (RFC 4648, section 4), at least 32 bytes each, separated by commas.
 * The first signs or seals, all of them verify or open, so a new key goes in front and an old one is dropped later.
 * Throws an Error that says which key is invalid, never its value.
 */
export function parseKeys(text: string): Uint8Array[] {
  if (text.trim() === "") throw new Error("There is no key: give at least one, made by `openssl rand -base64 32`");
  return text.split(",").map((part, index) => parseKey(part.trim(), index + 1));
}

function parseKey(text: string, position: number): Uint8Array {
  if (text === "") throw new Error(`Key ${position} is empty: is there a comma too many?`);
  const bytes = decodeBase64(text);
  if (bytes === null) throw new Error(`Key ${position} is not base64: make one with \`openssl rand -base64 32\``);
  if (bytes.length < MIN_KEY_BYTES) {
    throw new Error(`Key ${position} has ${bytes.length} bytes, at least ${MIN_KEY_BYTES} are needed`);
  }
  return bytes;
}

function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return null;
  }
}
