/** Validation of a destination's settings, by their names on the wire, shared by the API and the pages. */
import * as z from "zod/v4";
import { EventTypesSchema } from "../event-types/event-type-input";
import { FilterSchema } from "../filters/filter-input";
import { calledUrl } from "../security/outbound-guard";
import { TemplatesSchema, TransformationSchema } from "../transformations/transformation-input";
import { HTTP_METHODS } from "../vocabulary/http-method";
import { SIGNATURE_SCHEMES, type SignatureScheme } from "../vocabulary/signature-scheme";
import { DEFAULT_SCHEMES, type DestinationField, type DestinationInput } from "./destination";

export const TIMEOUT_DEFAULT_MS = 10_000;
export const TIMEOUT_MIN_MS = 1_000;
export const TIMEOUT_MAX_MS = 30_000;
export const DESCRIPTION_MAX = 500;
const SCHEDULE_MAX = 20;
const WAIT_MAX_SECONDS = 86_400;
export const ATTEMPTS_MAX = SCHEDULE_MAX + 1;

/** URL parsing drops line breaks: two URLs on two lines would become a third one. */
const CONTROL = /\p{Cc}/u;

const ONE_OF = `Give one of ${HTTP_METHODS.join(", ")}.`;
const TIMEOUT_RANGE = `Give whole milliseconds from ${TIMEOUT_MIN_MS} to ${TIMEOUT_MAX_MS}.`;
const WAIT_RANGE = `Give whole seconds from 1 to ${WAIT_MAX_SECONDS}.`;
const SCHEMES = `Give a list of ${SIGNATURE_SCHEMES.join(" and ")}: one of them or both, each once.`;
const ATTEMPTS_RANGE = `Give a whole number from 1 to ${ATTEMPTS_MAX}.`;

export const DestinationFields = {
  url: z
    .string({ error: "Give the URL to send to." })
    .refine(
      (text) => !CONTROL.test(text.trim()),
      "Give one URL, without line breaks or other control characters in it.",
    )
    .transform(calledUrl),
  http_method: z
    .string({ error: ONE_OF })
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(HTTP_METHODS, { error: ONE_OF })),
  headers: z.record(
    z.string(),
    z.union([z.string(), z.array(z.string())], { error: "Give a string, or a list of strings." }),
    { error: "Give an object of header names and values; it may be empty." },
  ),
  description: z.string().max(DESCRIPTION_MAX, `Use at most ${DESCRIPTION_MAX} characters.`),
  enabled: z.boolean(),
  timeout_ms: z
    .int({ error: TIMEOUT_RANGE })
    .min(TIMEOUT_MIN_MS, { error: TIMEOUT_RANGE })
    .max(TIMEOUT_MAX_MS, { error: TIMEOUT_RANGE }),
  retry_schedule: z
    .array(z.int({ error: WAIT_RANGE }).min(1, { error: WAIT_RANGE }).max(WAIT_MAX_SECONDS, { error: WAIT_RANGE }))
    .max(SCHEDULE_MAX, `Use at most ${SCHEDULE_MAX} waits.`)
    .nullable(),
  max_attempts: z
    .int({ error: ATTEMPTS_RANGE })
    .min(1, { error: ATTEMPTS_RANGE })
    .max(ATTEMPTS_MAX, { error: ATTEMPTS_RANGE })
    .nullable(),
  signature_schemes: z
    .array(z.enum(SIGNATURE_SCHEMES, { error: SCHEMES }), { error: SCHEMES })
    .min(1, { error: SCHEMES })
    .refine((schemes) => new Set(schemes).size === schemes.length, { error: SCHEMES }),
  event_types: EventTypesSchema,
  filter: FilterSchema,
  transformation: TransformationSchema,
  templates: TemplatesSchema,
} satisfies Record<DestinationField, z.ZodType>;

export const DESTINATION_DEFAULTS = {
  description: "",
  enabled: true,
  timeoutMs: TIMEOUT_DEFAULT_MS,
  retrySchedule: null,
  maxAttempts: null,
  signatureSchemes: DEFAULT_SCHEMES,
  eventTypes: null,
  filter: null,
  transformation: null,
  templates: null,
};

/** The validated body in the verbs' terms; a missing field gets its default. */
export function destinationInputOf(body: {
  url: string;
  http_method: DestinationInput["httpMethod"];
  headers: DestinationInput["headers"];
  description?: string | undefined;
  enabled?: boolean | undefined;
  timeout_ms?: number | undefined;
  retry_schedule?: number[] | null | undefined;
  max_attempts?: number | null | undefined;
  signature_schemes?: SignatureScheme[] | undefined;
  event_types?: string[] | undefined;
  filter?: string | null | undefined;
  transformation?: string | null | undefined;
  templates?: string | null | undefined;
}): DestinationInput {
  return {
    url: body.url,
    httpMethod: body.http_method,
    headers: body.headers,
    description: body.description ?? DESTINATION_DEFAULTS.description,
    enabled: body.enabled ?? DESTINATION_DEFAULTS.enabled,
    timeoutMs: body.timeout_ms ?? DESTINATION_DEFAULTS.timeoutMs,
    retrySchedule: body.retry_schedule ?? DESTINATION_DEFAULTS.retrySchedule,
    maxAttempts: body.max_attempts ?? DESTINATION_DEFAULTS.maxAttempts,
    signatureSchemes: body.signature_schemes ?? DESTINATION_DEFAULTS.signatureSchemes,
    eventTypes: eventTypesOf(body.event_types),
    filter: body.filter ?? DESTINATION_DEFAULTS.filter,
    transformation: body.transformation ?? DESTINATION_DEFAULTS.transformation,
    templates: body.templates ?? DESTINATION_DEFAULTS.templates,
  };
}

/** As they are stored: an empty list asks for everything, as none does. */
export function eventTypesOf(given: string[] | undefined): string[] | null {
  return given === undefined || given.length === 0 ? null : given;
}
