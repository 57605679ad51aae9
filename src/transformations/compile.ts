import { LruCache } from "../security/lru-cache";
import { isPicture } from "./format-number";
import { LEFT_OUT, MOST_ARGUMENTS, OWN } from "./functions";
import jsonata, { type Fault, type Node } from "./jsonata.gen";
import { messageOf } from "./messages";

/** Bytes of an expression. */
export const EXPRESSION_MAX = 4_096;

/** Why an expression is refused or fails: in a sentence, and at which of its characters, counted from 1, if it is known. */
export type Failure = { failed: string; place: number | null; expression?: never };
export type Compiled = { expression: ReturnType<typeof jsonata>; failed?: never } | Failure;

/** In characters of the expressions that an isolate keeps compiled. */
const MOST_KEPT = 100_000;
const kept = new LruCache<Compiled>(MOST_KEPT);

/** Variables that are there without being set. */
const GIVEN = new Set(["", "$", "event", "now", "millis"]);
const OWN_NAMES = new Set(OWN.map(([name]) => name));

/** Reads an expression, as it is saved and before it is run. What it could do without end or ahead of time is refused. */
export function compile(text: string): Compiled {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const compiled = read(text);
  kept.set(text, compiled, text.length);
  return compiled;
}

function read(text: string): Compiled {
  if (new TextEncoder().encode(text).length > EXPRESSION_MAX) {
    return { failed: `The expression is longer than ${EXPRESSION_MAX} bytes`, place: null };
  }
  try {
    const expression = jsonata(text);
    const refused = refusalOf(expression.ast());
    if (refused) return refused;
    for (const [name, signature, implementation] of OWN) {
      expression.registerFunction(name, implementation, signature);
    }
    return { expression };
  } catch (thrown) {
    return failureOf(thrown as Fault);
  }
}

/** What a fault says to people. */
export function failureOf(fault: Fault): Failure {
  return { failed: messageOf(fault), place: fault.position ?? null };
}

type Call = Node & { procedure: Node; arguments: Node[] };

/** Names that nobody knows, and functions that are left out or take less here. */
function refusalOf(tree: Node): Failure | null {
  const nodes = nodesIn(tree);
  const own = new Set(nodes.flatMap(namesSetBy));
  for (const { type, value, position = null } of nodes) {
    if (type !== "variable" || typeof value !== "string" || own.has(value)) continue;
    const reason = LEFT_OUT[value];
    if (reason !== undefined) return { failed: `$${value} is left out: ${reason}`, place: position };
    if (!GIVEN.has(value) && !OWN_NAMES.has(value) && !jsonata.knows(value)) {
      return { failed: `There is no $${value}`, place: position };
    }
  }
  for (const node of nodes) {
    if (node.type !== "function") continue;
    const { procedure, arguments: args, position = null } = node as Call;
    const name = procedure.type === "variable" ? String(procedure.value) : "";
    if (own.has(name)) continue;
    if (args.length > (MOST_ARGUMENTS[name] ?? Number.POSITIVE_INFINITY)) {
      return {
        failed: `$${name} takes ${MOST_ARGUMENTS[name]} arguments here: pictures and options are left out`,
        place: position,
      };
    }
    const picture = name === "formatNumber" ? args.at(-1) : undefined;
    if (picture?.type === "string" && !isPicture(String(picture.value))) {
      return failureOf({ code: "PICTURE", value: picture.value, position: picture.position ?? 0 });
    }
  }
  return null;
}

function namesSetBy(node: Node): string[] {
  const { type, lhs, arguments: parameters } = node as Node & { lhs?: Node; arguments?: Node[] };
  if (type === "bind" && lhs) return [String(lhs.value)];
  return type === "lambda" && parameters ? parameters.map(({ value }) => String(value)) : [];
}

function nodesIn(value: unknown, found: Node[] = []): Node[] {
  if (typeof value !== "object" || value === null) return found;
  if ("type" in value) found.push(value as Node);
  for (const part of Object.values(value)) nodesIn(part, found);
  return found;
}
