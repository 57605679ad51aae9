import { isSensitiveHeader } from "../security/masking";
import { isHeaderName, isMadeForEachRequest } from "../vocabulary/headers";
import { isOfTheEvent, literalsOf, parseTemplate, type Template } from "./template";
import type { Templates } from "./templates";

/** Characters of the JSON of a destination's templates. */
export const TEMPLATES_MAX = 4_096;
/** Parameters, and headers, that templates make. */
export const TEMPLATES_EACH_MAX = 20;

/** What is wrong with templates, each with its place in them; empty when nothing is. */
export function checkTemplates(templates: Templates): { path: string[]; message: string }[] {
  const { path, query = {}, headers = {} } = templates;
  const faults: { path: string[]; message: string }[] = [];
  const add = (at: string[], message: string | null | undefined) => message && faults.push({ path: at, message });
  if (JSON.stringify(templates).length > TEMPLATES_MAX) add([], `Use at most ${TEMPLATES_MAX} characters in all`);
  for (const [name, entries] of Object.entries({ query, headers })) {
    if (Object.keys(entries).length > TEMPLATES_EACH_MAX) add([name], `Use at most ${TEMPLATES_EACH_MAX}`);
  }
  if (path !== undefined) add(["path"], faultIn(path, pathFault));
  for (const [name, text] of Object.entries(query)) {
    add(["query", name], name === "" ? "Give the parameter a name" : faultIn(text, () => null));
  }
  for (const [name, text] of Object.entries(headers)) {
    add(
      ["headers", name],
      nameFault(name, Object.keys(headers)) ?? faultIn(text, (template) => valueFault(name, template)),
    );
  }
  return faults;
}

function faultIn(text: string, faultOf: (template: Template) => string | null | undefined): string | null {
  const { template, failed } = parseTemplate(text);
  return template ? (faultOf(template) ?? null) : failed;
}

function pathFault(template: Template): string | null {
  const [first] = template;
  if (typeof first !== "string" || !first.startsWith("/")) return "A path begins with /";
  const isPlain = literalsOf(template).every((literal) => /^[\w/.~!$&'()*+,;=:@%-]*$/.test(literal));
  return isPlain ? null : "A path has no ?, #, \\, spaces or other signs that URLs encode";
}

function valueFault(name: string, template: Template): string | null {
  if (!literalsOf(template).every((literal) => /^[\t\x20-\x7e]*$/.test(literal)))
    return "A value must be printable ASCII";
  return isSensitiveHeader(name) && !isOfTheEvent(template)
    ? "This header may be a secret: give it among the headers, which are sealed"
    : null;
}

function nameFault(name: string, names: string[]): string | null {
  const lower = name.toLowerCase();
  if (!isHeaderName(name)) return "Not a header name";
  if (isMadeForEachRequest(name)) return "This header cannot be set: it is made for each request";
  return names.some((other) => other !== name && other.toLowerCase() === lower) ? "This header comes twice" : null;
}
