import { isEventType } from "./event-type";

/**
 * Whether a destination that subscribes to these patterns gets events of the type: one that is a pattern, or begins as
 * one that ends with `*`. No patterns mean every event; `*` does, too, and is all that an event without a type matches.
 */
export function isSubscribed(patterns: readonly string[], type: string | null): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matchesType(pattern, type));
}

/** Whether the text is a type, the beginning of one and `*`, or `*` alone. */
export function isPattern(text: string): boolean {
  return text === "*" || isEventType(text.replace(/\*$/, ""));
}

function matchesType(pattern: string, type: string | null): boolean {
  if (pattern === "*") return true;
  if (type === null) return false;
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
