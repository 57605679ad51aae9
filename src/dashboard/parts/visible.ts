/**
 * Control characters, blanks of other kinds, and what turns the direction of a text or takes no room: in a name or an
 * address they make one thing look like another. Zero-width joiners are among them, which some scripts and emoji need,
 * so that running text is left alone; how an emoji is drawn (U+FE0E, U+FE0F) misleads nobody.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u2800]|[\p{Zs}--\x20]|[\p{Default_Ignorable_Code_Point}--[\ufe0e\ufe0f]]/v;

/** Whether a character cannot be seen for what it is. */
export function isDeceptive(char: string): boolean {
  return DECEPTIVE.test(char);
}

/** The text with what cannot be seen in it written out: `<U+202E>`. For ids, names and URLs. */
export function visible(text: string): string {
  return [...text].map((char) => (isDeceptive(char) ? `<U+${codeOf(char)}>` : char)).join("");
}

function codeOf(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
