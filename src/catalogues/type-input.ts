/** Validation of what is said of a type, by its names on the wire, shared by the API and the pages. */
import * as z from "zod/v4";
import type { FieldError } from "../errors/field-error";
import { isEventType } from "../event-types/event-type";
import { compileSchema } from "../event-types/schemas/schema";
import { depthOf } from "../json/scan";
import { VALIDATIONS } from "../vocabulary/validation";
import type { KeptTypeInput } from "./catalogue";

/** Bytes of an example. */
export const EXAMPLE_BYTES_MAX = 16_384;
const DEPTH_MAX = 100;
const DESCRIPTION_MAX = 500;

export const TypeFields = {
  event_type: z
    .string()
    .trim()
    .refine(isEventType, "Give a type, such as invoice.paid: 1 to 128 characters without spaces and *."),
  description: z.string().trim().max(DESCRIPTION_MAX, `Use at most ${DESCRIPTION_MAX} characters.`),
  validate: z.enum(VALIDATIONS, `Give one of ${VALIDATIONS.join(", ")}.`),
};

/** Everything that is wrong with schema and example, which are JSON, and with validating without a schema. */
export function checkType({ validation, schema, example }: KeptTypeInput): FieldError[] {
  const errors: FieldError[] = [];
  const reading = schema === null ? null : compileSchema(schema);
  if (reading?.kind === "refused") {
    errors.push(...reading.errors.map(({ path, message }) => ({ path: path ? `schema.${path}` : "schema", message })));
  }
  if (schema === null && validation !== "off") {
    errors.push({ path: "schema", message: "Give the schema that events are to be checked against." });
  }
  const why = example === null ? null : whyNoExample(example);
  if (why !== null) errors.push({ path: "example", message: why });
  return errors;
}

function whyNoExample(example: string): string | null {
  if (new TextEncoder().encode(example).length > EXAMPLE_BYTES_MAX) return `Use at most ${EXAMPLE_BYTES_MAX} bytes.`;
  if (depthOf(example) > DEPTH_MAX) return `Use at most ${DEPTH_MAX} levels.`;
  try {
    JSON.parse(example);
    return null;
  } catch {
    return "Give one JSON value.";
  }
}
