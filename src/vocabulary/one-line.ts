/** Line breaks and other control characters, U+2028 and U+2029 among them. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/u;

export const NOT_ONE_LINE = "Write it in one line, without control characters.";

/** Whether the text is one line, as a name is. */
export function isOneLine(text: string): boolean {
  return !BREAKS.test(text);
}
