import { createMiddleware } from "hono/factory";
import * as z from "zod/v4";
import type { FieldError } from "../../errors/field-error";
import type { Api, AppEnv } from "../context";
import { problem } from "../problem";
import { unknownName } from "./query";
import { bodySchema, documentedRoutes } from "./routes";

const MOST_NAMED = 20;

/** Refuses a body that is no JSON object, and fields at any depth that the route does not have. */
export function strictBody(api: Api) {
  const routeOf = documentedRoutes(api);
  return createMiddleware<AppEnv>(async (c, next) => {
    const route = c.req.raw.body === null ? null : routeOf(c);
    if (!route) return next();
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      return problem(c, 400, "invalid_json", "The body is not JSON.");
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      const errors = [{ path: "", message: 'Give a JSON object, such as {"name": "value"}.' }];
      return problem(c, 400, "invalid_input", "The body is not a JSON object.", errors);
    }
    const errors = unknownFields(body, bodySchema(route) ?? z.object({}));
    if (errors.length === 0) return next();
    return problem(
      c,
      400,
      "invalid_input",
      "The body has fields that are not known here.",
      errors.slice(0, MOST_NAMED),
    );
  });
}

/**
 * Fields of the value that its schema does not have. `__proto__`, which validation would drop without a word, is none
 * anywhere.
 */
export function unknownFields(value: unknown, schema: unknown, path: readonly (string | number)[] = []): FieldError[] {
  const inner = unwrapped(schema);
  if (Array.isArray(value)) {
    const element = inner instanceof z.ZodArray ? inner.element : undefined;
    return value.flatMap((item, i) => unknownFields(item, element, [...path, i]));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]): FieldError[] => {
    const here = [...path, name];
    if (name === "__proto__") return [{ path: here.join("."), message: "This name cannot be used. Remove it." }];
    if (!(inner instanceof z.ZodObject)) return unknownFields(item, valuesOf(inner), here);
    const field: unknown = Object.hasOwn(inner.shape, name) ? inner.shape[name] : undefined;
    if (field) return unknownFields(item, field, here);
    return [{ path: here.join("."), message: unknownName("field", name, Object.keys(inner.shape)) }];
  });
}

function valuesOf(schema: unknown): unknown {
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

/** Without what says that it may be missing, null or something else at first. */
function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
