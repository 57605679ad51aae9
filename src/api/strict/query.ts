import { createMiddleware } from "hono/factory";
import * as z from "zod/v4";
import type { FieldError } from "../../errors/field-error";
import { nearest } from "../../vocabulary/nearest";
import type { Api, AppEnv } from "../context";
import { problem } from "../problem";
import { documentedRoutes } from "./routes";

const MOST_NAMED = 20;

/** Refuses query parameters that the route does not have, and those that are empty, given twice or not readable. */
export function strictQuery(api: Api) {
  const routeOf = documentedRoutes(api);
  return createMiddleware<AppEnv>(async (c, next) => {
    const { search } = new URL(c.req.url);
    const route = search.length > 1 ? routeOf(c) : null;
    if (!route) return next();
    const query = route.request?.query;
    const errors = queryErrors(search.slice(1), query instanceof z.ZodObject ? Object.keys(query.shape) : []);
    if (errors.length === 0) return next();
    return problem(c, 400, "invalid_input", "The query is not valid.", errors);
  });
}

/** What is wrong with a query string, apart from the values of its parameters. */
export function queryErrors(query: string, known: readonly string[]): FieldError[] {
  const seen = new Set<string>();
  const errors = query.split("&").flatMap((part): FieldError[] => {
    if (part === "") return [];
    const [name, value] = [...new URLSearchParams(part)][0] ?? ["", ""];
    const repeated = seen.has(name);
    seen.add(name);
    const message = isReadable(part) ? parameterError(name, value, repeated, known) : NOT_READABLE;
    return message === null ? [] : [{ path: name, message }];
  });
  return errors.slice(0, MOST_NAMED);
}

const NOT_READABLE = "This cannot be read: encode it as UTF-8 with percent signs.";

function parameterError(name: string, value: string, repeated: boolean, known: readonly string[]): string | null {
  if (!known.includes(name)) return unknownName("parameter", name, known);
  if (value.trim() === "") return "Give a value, or leave the parameter out.";
  return repeated ? "Give this parameter once." : null;
}

/** `kind` is a word for what the name is of. */
export function unknownName(kind: "parameter" | "field", name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== null) return `There is no such ${kind}. Did you mean ${meant}?`;
  return known.length === 0 ? `No ${kind} is taken here.` : `There is no such ${kind}. Known are ${known.join(", ")}.`;
}

function isReadable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
