/** The OpenAPI document as the promise that answers are held against. */
import { Validator } from "@cfworker/json-schema";
import { resolved, type Schema, type Schemas } from "./from-schema";

export type Described = {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};
export type Document = { paths: Record<string, Record<string, Described>>; components: { schemas: Schemas } };
export type Operation = { method: string; path: string; described: Described };

export function operationsIn(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
  );
}

type Answered = { method: string; path: string; status: number; contentType: string | null; text: string };

/** Says what an answer has that the document does not promise; null where it is as promised, or nothing is. */
export function answerChecker(document: Document): (answered: Answered) => string | null {
  const operations = operationsIn(document).map((operation) => ({ ...operation, pattern: patternOf(operation.path) }));
  const schemas = document.components.schemas;
  const validators = new Map<Schema, Validator>();

  function validatorOf(schema: Schema): Validator {
    const known = validators.get(schema);
    if (known) return known;
    const validator = new Validator(closed(schema, schemas) as ConstructorParameters<typeof Validator>[0], "2020-12");
    validators.set(schema, validator);
    return validator;
  }

  return ({ method, path, status, contentType, text }) => {
    const operation = operations.find((one) => one.method === method && one.pattern.test(path));
    if (!operation) return null;
    const name = `${operation.method} ${operation.path}`;
    const promised = operation.described.responses[status];
    if (!promised) return `${name} answers ${status}, which its description does not list`;
    const schema = promised.content?.["application/json"]?.schema;
    if (!schema) return text === "" ? null : `${name} answers ${status} with a body that is not described`;
    if (!contentType?.startsWith("application/json")) return `${name} answers ${status} as ${contentType}`;
    const { valid, errors } = validatorOf(schema).validate(JSON.parse(text));
    if (valid) return null;
    const { instanceLocation, error } = errors.at(-1) ?? { instanceLocation: "", error: "" };
    return `${name} answers ${status} with a body of another shape: ${instanceLocation} ${error}`;
  };
}

function patternOf(path: string): RegExp {
  const segments = path.split("/").map((segment) => (segment.startsWith("{") ? "[^/]+" : RegExp.escape(segment)));
  return new RegExp(`^${segments.join("/")}$`);
}

/** The schema without anything that is elsewhere, which allows no field that it does not name. */
function closed(schema: Schema, schemas: Schemas): Schema {
  const whole = resolved(schema, schemas);
  const result: Schema = { ...whole };
  if (whole.properties) {
    result.properties = Object.fromEntries(
      Object.entries(whole.properties).map(([name, one]) => [name, closed(one, schemas)]),
    );
    result.additionalProperties ??= false;
  }
  if (typeof whole.additionalProperties === "object") {
    result.additionalProperties = closed(whole.additionalProperties, schemas);
  }
  if (whole.items) result.items = closed(whole.items, schemas);
  if (whole.anyOf) result.anyOf = whole.anyOf.map((one) => closed(one, schemas));
  if (whole.oneOf) result.oneOf = whole.oneOf.map((one) => closed(one, schemas));
  return result;
}
