import * as z from "zod/v4";
import {
  type Destination,
  type DestinationField,
  type DestinationInput,
  publicKeyOf,
} from "../../destinations/destination";
import { DESTINATION_DEFAULTS, eventTypesOf } from "../../destinations/destination-input";
import { maskHeaders } from "../../security/masking";
import { HTTP_METHODS } from "../../vocabulary/http-method";
import { PAUSE_REASONS, pauseReasonOf } from "../../vocabulary/states";
import { TimestampSchema, time } from "../paging";
import {
  DescriptionSchema,
  FilterField,
  HeadersSchema,
  MaxAttemptsSchema,
  MethodSchema,
  ScheduleSchema,
  SchemesSchema,
  TemplatesField,
  TimeoutSchema,
  TransformationField,
  TypesSchema,
  UrlSchema,
} from "./destination-fields";

export const DestinationParamSchema = z.object({
  destination_id: z
    .string()
    .openapi({ param: { name: "destination_id", in: "path" }, example: "dst_01JDQ8XK3V007M9T2B4C6D8F0GHJ" }),
});

export const DestinationInputSchema = z
  .object({
    url: UrlSchema,
    http_method: MethodSchema,
    headers: HeadersSchema,
    description: DescriptionSchema.optional(),
    enabled: z.boolean().optional(),
    timeout_ms: TimeoutSchema.optional(),
    retry_schedule: ScheduleSchema.optional(),
    max_attempts: MaxAttemptsSchema.optional(),
    signature_schemes: SchemesSchema.optional(),
    event_types: TypesSchema.optional(),
    filter: FilterField.optional(),
    transformation: TransformationField.optional(),
    templates: TemplatesField.optional(),
  } satisfies Record<DestinationField, z.ZodType>)
  .openapi("DestinationInput");

export const NewDestinationSchema = DestinationInputSchema.extend({
  account_id: z.string().optional().openapi({ example: "acme" }),
  account: z.string().optional().openapi({ description: "The same as `account_id`" }),
})
  .refine((body) => body.account_id !== undefined || body.account !== undefined, {
    path: ["account_id"],
    error: "Say whose destination it is.",
  })
  .openapi("NewDestination");

/** A JSON merge patch (RFC 7396): null puts the default in its place, what is left out stays. */
export const PatchDestinationSchema = z
  .object({
    url: UrlSchema,
    http_method: MethodSchema,
    headers: z.record(
      z.string(),
      z.union([z.string(), z.array(z.string()), z.null()], {
        error: "Give a string, a list of strings, or null to remove it.",
      }),
    ),
    description: DescriptionSchema.nullable(),
    enabled: z.boolean().nullable(),
    timeout_ms: TimeoutSchema.nullable(),
    retry_schedule: ScheduleSchema,
    max_attempts: MaxAttemptsSchema,
    signature_schemes: SchemesSchema.nullable(),
    event_types: TypesSchema.nullable(),
    filter: FilterField,
    transformation: TransformationField,
    templates: TemplatesField,
  } satisfies Record<DestinationField, z.ZodType>)
  .partial()
  .openapi("PatchDestination");

/** The stored fields with the patch applied; headers are merged one by one, matched without regard to case. */
export function patchOf(body: z.output<typeof PatchDestinationSchema>, stored: Destination): Partial<DestinationInput> {
  return {
    ...(body.url !== undefined && { url: body.url }),
    ...(body.headers !== undefined && { headers: mergeHeaders(stored.headers, body.headers) }),
    httpMethod: body.http_method ?? stored.httpMethod,
    description: patched(body.description, stored.description, DESTINATION_DEFAULTS.description),
    enabled: patched(body.enabled, stored.enabled, DESTINATION_DEFAULTS.enabled),
    timeoutMs: patched(body.timeout_ms, stored.timeoutMs, DESTINATION_DEFAULTS.timeoutMs),
    retrySchedule: patched(body.retry_schedule, stored.retrySchedule, DESTINATION_DEFAULTS.retrySchedule),
    maxAttempts: patched(body.max_attempts, stored.maxAttempts, DESTINATION_DEFAULTS.maxAttempts),
    signatureSchemes: patched(body.signature_schemes, stored.signatureSchemes, DESTINATION_DEFAULTS.signatureSchemes),
    eventTypes: body.event_types === undefined ? stored.eventTypes : eventTypesOf(body.event_types ?? []),
    filter: patched(body.filter, stored.filter, DESTINATION_DEFAULTS.filter),
    transformation: patched(body.transformation, stored.transformation, DESTINATION_DEFAULTS.transformation),
    templates: patched(body.templates, stored.templates, DESTINATION_DEFAULTS.templates),
  };
}

function patched<Value>(given: Value | null | undefined, stored: Value, byDefault: Value): Value {
  return given === undefined ? stored : (given ?? byDefault);
}

function mergeHeaders(
  stored: Destination["headers"],
  patch: Record<string, string | string[] | null>,
): DestinationInput["headers"] {
  const patched = new Set(Object.keys(patch).map((name) => name.toLowerCase()));
  const kept = Object.entries(stored.reveal()).filter(([name]) => !patched.has(name.toLowerCase()));
  const given = Object.entries(patch).filter((entry): entry is [string, string | string[]] => entry[1] !== null);
  return Object.fromEntries([...kept, ...given]);
}

const PublicKeySchema = z.string().openapi({
  description: "Verifies the `v1a` signatures; once rotated, the earlier key still signs beside it for a while",
  example: "whpk_…",
});

/** What anybody may know of a destination. */
export const DestinationKeySchema = z
  .object({ destination_id: z.string(), public_key: PublicKeySchema })
  .openapi("DestinationKey");

export const DestinationSchema = z
  .object({
    destination_id: z.string().openapi({ example: "dst_01JDQ8XK3V007M9T2B4C6D8F0GHJ" }),
    account_id: z.string().openapi({ example: "acme" }),
    url: z.string(),
    http_method: z.enum(HTTP_METHODS),
    headers: HeadersSchema,
    description: z.string(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable().openapi({
      description:
        "`disabled_by_user`; `disabled_by_operator`, which no tenant can undo; `gone`, it answered 410; or the reason of its pause",
    }),
    paused: z.boolean().openapi({ description: "What comes for it waits, and it is not `enabled`" }),
    paused_reason: z.enum(PAUSE_REASONS).nullable().openapi({
      description: "`paused_by_operator` can be ended by no tenant; `failing` is the gateway's own pause",
    }),
    paused_at: TimestampSchema.nullable(),
    unreadable: z
      .object({ parts: z.array(z.enum(["url", "headers", "signing_secret"])), reason: z.string() })
      .nullable()
      .openapi({
        description:
          "What of it does not open, as after a sealing key was dropped too early; its deliveries end as `unsendable`. Give URL and headers anew, or rotate the secret",
      }),
    timeout_ms: z.int(),
    retry_schedule: ScheduleSchema,
    max_attempts: MaxAttemptsSchema,
    signature_schemes: SchemesSchema,
    event_types: z.array(z.string()),
    filter: z.record(z.string(), z.unknown()).nullable(),
    transformation: z.string().nullable(),
    templates: z.record(z.string(), z.unknown()).nullable(),
    filter_revision: z.int().openapi({ description: "Goes up with each change of `event_types` or `filter`" }),
    public_key: PublicKeySchema.nullable(),
    consecutive_failures: z.int().openapi({ description: "Failed attempts since the last success" }),
    failing_since: TimestampSchema.nullable(),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  } satisfies Record<DestinationField, z.ZodType> & Record<string, z.ZodType>)
  .openapi("Destination");

export const CreatedDestinationSchema = DestinationSchema.extend({
  signing_secret: z
    .string()
    .openapi({ description: "Shown this once; verifies `webhook-signature`", example: "whsec_…" }),
}).openapi("CreatedDestination");

export const NewSecretSchema = z
  .object({
    destination_id: z.string(),
    signing_secret: z.string().openapi({ description: "Shown this once", example: "whsec_…" }),
    old_secrets_end_at: TimestampSchema.openapi({ description: "When the last of the earlier ones ends" }),
  })
  .openapi("NewSecret");

export function destinationRecord(destination: Destination): z.output<typeof DestinationSchema> {
  return {
    destination_id: destination.destinationId,
    account_id: destination.accountId,
    url: destination.url,
    http_method: destination.httpMethod,
    headers: maskHeaders(destination.headers),
    description: destination.description,
    enabled: destination.enabled,
    disabled_reason: destination.disabledReason,
    paused: pauseReasonOf(destination) !== null,
    paused_reason: pauseReasonOf(destination),
    paused_at: destination.pausedAt === null ? null : time(destination.pausedAt),
    unreadable: destination.unreadable,
    timeout_ms: destination.timeoutMs,
    retry_schedule: destination.retrySchedule,
    max_attempts: destination.maxAttempts,
    signature_schemes: destination.signatureSchemes,
    event_types: destination.eventTypes ?? [],
    filter: destination.filter === null ? null : JSON.parse(destination.filter),
    filter_revision: destination.filterRevision,
    transformation: destination.transformation,
    templates: destination.templates === null ? null : JSON.parse(destination.templates),
    public_key: publicKeyOf(destination),
    consecutive_failures: destination.consecutiveFailures,
    failing_since: destination.failingSince === null ? null : time(destination.failingSince),
    created_at: time(destination.createdAt),
    updated_at: time(destination.updatedAt),
  };
}
