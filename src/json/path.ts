import { isObject, type Json, memberOf } from "./json";

const LONGEST = 256;
const MOST_STEPS = 20;
const STEP = /(?:^|(?<!^)\.)([^.[\]"]+)|\[(?:(\d{1,7})|(\$index)|("(?:[^"\\]|\\.)*"))\]/y;

/** A member's name, a position in an array, or null for `[$index]`: the position of the array that is being looked at. */
export type Path = readonly (string | number | null)[];

/**
 * Reads `order.items[0].id`; names with other signs in quotes, `meta["a.b"]`; `[$index]` is a position that is known
 * when the path is followed. Null when it is no path, is longer than 256 characters or has more than 20 steps.
 */
export function parsePath(text: string): Path | null {
  const steps: (string | number | null)[] = [];
  STEP.lastIndex = 0;
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    const [, name, position, index, quoted] = STEP.exec(text) ?? [];
    if (name) steps.push(name);
    else if (position) steps.push(Number(position));
    else if (index) steps.push(null);
    else if (quoted) {
      const unquoted = unquote(quoted);
      if (unquoted === null) return null;
      steps.push(unquoted);
    } else return null;
  }
  return steps.length === 0 || steps.length > MOST_STEPS || text.length > LONGEST ? null : steps;
}

/** What is there; undefined where nothing is. `indexes` are the positions for `[$index]`, from the outermost array. */
export function valueAt(value: Json | undefined, path: Path, indexes: readonly number[] = []): Json | undefined {
  let here = value;
  let used = 0;
  for (const step of path) {
    const key = step ?? indexes[used++] ?? -1;
    if (Array.isArray(here)) here = here[typeof key === "number" ? key : /^\d+$/.test(key) ? Number(key) : -1];
    else if (isObject(here) && typeof key === "string") here = memberOf(here, key);
    else return undefined;
  }
  return here;
}

/** The path as it can be read again. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[.[\]"]|^$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

function unquote(quoted: string): string | null {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}
