/** Values that fit a schema of the OpenAPI document, and some that nearly do. */
import fc from "fast-check";
import { hostileText, hostileValue } from "./hostile";
import { idLike } from "./ids";

export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  unevaluatedProperties?: boolean;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
};
export type Schemas = Record<string, Schema>;

/** The schema itself, where another one points to it; what it is composed of, as one. */
export function resolved(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref !== undefined) return resolved(schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, schemas);
  if (!schema.allOf) return schema;
  const { allOf, ...own } = schema;
  const parts = [...allOf.map((part) => resolved(part, schemas)), own];
  return {
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: [...new Set(parts.flatMap(({ required = [] }) => required))],
  };
}

/** A value that fits, as the name of its field tells as well; one in some is hostile. */
export function valueFor(schema: Schema, schemas: Schemas, name = ""): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: fittingValue(resolved(schema, schemas), schemas, name) },
    { weight: 1, arbitrary: hostileValue },
  );
}

function fittingValue(schema: Schema, schemas: Schemas, name: string): fc.Arbitrary<unknown> {
  const known = idLike(name);
  if (known) return known;
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (choices.length > 0) return fc.oneof(...choices.map((one) => valueFor(one, schemas, name)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch ([schema.type].flat().find((type) => type !== "null")) {
    case "object":
      return objectOf(schema, schemas);
    case "array":
      return fc.array(valueFor(schema.items ?? {}, schemas), { maxLength: 4 });
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100_000, 2 ** 40) }),
        fc.constantFrom(...[schema.minimum, schema.maximum, 1, 1_000].filter((one) => one !== undefined)),
      );
    case "string":
      return textFor(schema);
    default:
      return hostileValue;
  }
}

function textFor({ format, example }: Schema): fc.Arbitrary<unknown> {
  if (format === "date-time") {
    return fc.constantFrom(
      "2026-01-01T00:00:00Z",
      "2026-11-26T08:00:00+02:00",
      "2020-02-29T23:59:59.999Z",
      "2099-01-01",
    );
  }
  const plain = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  return typeof example === "string" ? fc.oneof(fc.constant(example), plain) : fc.oneof(plain, hostileText);
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema, schemas: Schemas) {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, valueFor(one, schemas, name)]),
  );
  const fields = fc.record(model, { requiredKeys: required.filter((name) => name in model) });
  const further =
    typeof additionalProperties === "object"
      ? fc.dictionary(
          fc.oneof(fc.constantFrom("X-Tag", "X-Api-Key", "Accept"), hostileText),
          valueFor(additionalProperties, schemas),
          { maxKeys: 3 },
        )
      : fc.oneof(
          { weight: 9, arbitrary: fc.constant({}) },
          { weight: 1, arbitrary: fc.dictionary(hostileText, hostileValue, { maxKeys: 2 }) },
        );
  return fc.tuple(fields, further).map(([known, more]) => ({ ...known, ...more }));
}
