/**
 * Which regular expressions a schema may have. The platform's engine backtracks: it could take hours to find that `(a+)+$` does
 * not match. So nothing is repeated but a single character, without bound only the last one, and nothing that can be read
 * in many ways.
 */

const LONGEST = 200;
const CHAR = String.raw`(?:\\(?:[dwsDWS]|[^\w\s])|[^\\^$*+?()[\]{}|]|\[\^?(?:\\(?:[dwsDWS]|[^\w\s])|[^\\\]])+\])`;
const WORDS = String.raw`\((?:\?:)?[\w :/@.-]+(?:\|[\w :/@.-]+)*\)`;
const COUNTED = String.raw`(?:${CHAR}(?:\{\d{1,2}\})?)*`;
const LAST = String.raw`(?:${CHAR}(?:[*+?]|\{\d{1,3},\d{0,3}\}))?`;
/** Characters, perhaps so many of each, one group of words among them; the last may repeat without bound. */
const ANCHORED = new RegExp(String.raw`^\^${COUNTED}(?:${WORDS})?${COUNTED}${LAST}\$?$`, "u");
/** It is tried at every place of a text, so it is short. */
const ANYWHERE = new RegExp(String.raw`^(?!.{50})${CHAR}*\$?$`, "u");

/** Whether the pattern is one, and takes about as many steps as its text is long. */
export function isTaken(pattern: string): boolean {
  return pattern.length <= LONGEST && isExpression(pattern) && (ANCHORED.test(pattern) || ANYWHERE.test(pattern));
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") !== null;
  } catch {
    return false;
  }
}
