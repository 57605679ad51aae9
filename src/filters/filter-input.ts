import * as z from "zod/v4";
import { compileFilter } from "./compile";

const WHAT = 'Give a filter, such as {"order": {"total": {"$gte": 100}}}, or null.';
const INEXACT = "This number has more digits than this API keeps. Compare with a text, or set the filter on a page.";

type Issue = { path: string[]; message: string };

/** A destination's filter on the wire, as the JSON that is stored; null is none. */
export const FilterSchema = z
  .record(z.string(), z.unknown(), WHAT)
  .transform((filter, context) => {
    const checked = checkFilter(JSON.stringify(filter));
    const issues = checked.json === null ? checked.issues : inexactIn(filter, []);
    for (const issue of issues) context.addIssue({ code: "custom", ...issue });
    return checked.json === null || issues.length > 0 ? z.NEVER : checked.json;
  })
  .nullable();

/** The same of a form, which has it as text, its numbers as they are written; empty is none. */
export const FilterTextSchema = z.string().transform((text, context) => {
  if (text.trim() === "") return null;
  const checked = checkFilter(text);
  if (checked.json !== null) return checked.json;
  for (const { path, message } of checked.issues) {
    context.addIssue({ code: "custom", message: path.length > 0 ? `${path.join(".")}: ${message}` : message });
  }
  return z.NEVER;
});

function checkFilter(text: string): { json: string; issues?: never } | { json: null; issues: Issue[] } {
  const compiled = compileFilter(text);
  if (compiled.kind === "compiled") return { json: text };
  return {
    json: null,
    issues: compiled.errors.map(({ path, message }) => ({ path: path.split(".").slice(1), message })),
  };
}

/** Numbers that `JSON.parse` has changed, as far as one can tell from them. */
function inexactIn(value: unknown, path: string[]): Issue[] {
  if (typeof value === "number") {
    const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return isExact ? [] : [{ path, message: INEXACT }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => inexactIn(item, [...path, name]));
}
