import { isRaw, type Json } from "../json/json";
import { type Path, parsePath } from "../json/path";

/** What stands in a template: text as it is, or what is found at a path, with a text for where nothing is. */
type Part = string | { path: Path; otherwise: string | null };
export type Template = readonly Part[];

const ROOTS = ["body", "event", "headers"];
const PLACEHOLDER = /\{\{(.*?)\}\}/gs;
const INNER = /^\s*(.+?)(?:\s*\?\?\s*("(?:[^"\\]|\\.)*"))?\s*$/s;

/**
 * Reads `/orders/{{ body.order.id }}`; `{{ event.type ?? "none" }}` has a text for where nothing is. Paths are those of
 * filters, beneath `body`, `event` or `headers`.
 */
export function parseTemplate(
  text: string,
): { template: Template; failed?: never } | { template?: never; failed: string } {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, written = "", otherwise] = INNER.exec(match[1] ?? "") ?? [];
    const path = parsePath(written);
    if (path === null || path.includes(null)) return { failed: `${match[0]} is no path: write {{ body.order.id }}` };
    if (!ROOTS.includes(String(path[0]))) {
      return { failed: `${match[0]} must begin with body, event or headers: write {{ body.order.id }}` };
    }
    parts.push({ path, otherwise: otherwise === undefined ? null : textIn(otherwise) });
  }
  const rest = text.slice(at);
  if (rest.includes("{{")) return { failed: "{{ has no }}" };
  return { template: [...parts, rest].filter((part) => part !== "") };
}

/** The template with what is found, each as `write` has it; null when something is not there and has no text instead. */
export function fill(
  template: Template,
  find: (path: Path) => Json | undefined,
  write: (text: string) => string,
): string | null {
  let filled = "";
  for (const part of template) {
    const text = typeof part === "string" ? part : (textOf(find(part.path)) ?? part.otherwise);
    if (text === null) return null;
    filled += typeof part === "string" ? text : write(text);
  }
  return filled;
}

/** The texts of a template that stand in it as they are. */
export function literalsOf(template: Template): string[] {
  return template.filter((part) => typeof part === "string");
}

/** Whether there is a path in it. */
export function isOfTheEvent(template: Template): boolean {
  return template.some((part) => typeof part !== "string");
}

/** A text as it is, everything else as JSON; null where nothing is. */
function textOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  return isRaw(value) ? value.rawJSON : JSON.stringify(value);
}

function textIn(quoted: string): string | null {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}
