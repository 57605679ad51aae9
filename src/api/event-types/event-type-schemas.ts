import * as z from "zod/v4";
import type { KeptType, SeenType } from "../../catalogues/catalogue";
import { TypeFields } from "../../catalogues/type-input";
import { parseExact } from "../../json/exact";
import { timeOfId } from "../../vocabulary/ids";
import { VALIDATIONS } from "../../vocabulary/validation";
import { AccountParamSchema } from "../accounts/account-schemas";
import { TimestampSchema, time } from "../paging";

export const TypeParamSchema = AccountParamSchema.extend({
  event_type: TypeFields.event_type.openapi({
    param: { name: "event_type", in: "path" },
    type: "string",
    example: "order.paid",
  }),
});

const SchemaSchema = z
  .record(z.string(), z.unknown(), "Give a JSON Schema, such as {}, or null.")
  .nullable()
  .openapi({
    description: "A JSON Schema, draft 2020-12, without what docs/event-types.md leaves out",
    example: { type: "object", required: ["total"], properties: { total: { type: "number", minimum: 0 } } },
  });
const ExampleSchema = z
  .unknown()
  .openapi({ description: "What such an event holds; null is none", example: { total: 99.5 } });
const ValidateSchema = TypeFields.validate.openapi({
  description:
    "What becomes of an event of this type that breaks the schema: nothing, it is marked (`schema_errors`), or it is refused with 422",
});

export const PutEventTypeSchema = z
  .object({
    description: TypeFields.description.default(""),
    schema: SchemaSchema.optional(),
    example: ExampleSchema.optional(),
    validate: ValidateSchema.default("off"),
  })
  .openapi("PutEventType");

export const EventTypeSchema = z
  .object({
    event_type: z.string().openapi({ example: "order.paid" }),
    description: z.string(),
    schema: SchemaSchema,
    example: ExampleSchema,
    validate: z.enum(VALIDATIONS),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  })
  .openapi("EventType");

export const SeenTypeSchema = z
  .object({
    event_type: z.string(),
    count: z.int(),
    last_event_id: z.string(),
    last_seen_at: TimestampSchema,
  })
  .openapi("SeenEventType");

export function typeRecord(type: KeptType): z.output<typeof EventTypeSchema> {
  return {
    event_type: type.type,
    description: type.description,
    schema: read(type.schema) as z.output<typeof SchemaSchema>,
    example: read(type.example),
    validate: type.validation,
    created_at: time(type.createdAt),
    updated_at: time(type.updatedAt),
  };
}

/** With its numbers as they were written, which `JSON.stringify` writes back so. */
function read(json: string | null): unknown {
  return json === null ? null : parseExact(json);
}

export function seenRecord({ type, count, lastEventId }: SeenType): z.output<typeof SeenTypeSchema> {
  return { event_type: type, count, last_event_id: lastEventId, last_seen_at: time(timeOfId(lastEventId)) };
}
