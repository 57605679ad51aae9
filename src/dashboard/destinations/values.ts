/** What the form of a destination holds: as it is written, as it is stored, and in the verbs' terms. */
import * as z from "zod/v4";
import type { Kept } from "../../destinations/change-destination";
import { checkDestination } from "../../destinations/check-destination";
import {
  DEFAULT_SCHEMES,
  type Destination,
  type DestinationField,
  type DestinationInput,
} from "../../destinations/destination";
import { DestinationFields, destinationInputOf, TIMEOUT_DEFAULT_MS } from "../../destinations/destination-input";
import { FilterTextSchema } from "../../filters/filter-input";
import { unmaskUrl } from "../../security/masked-url";
import { maskHeaders, OpenHeaders } from "../../security/masking";
import { TemplatesTextSchema, TransformationTextSchema } from "../../transformations/transformation-input";
import { type Errors, errorsByPath, errorsOf, givenIn, namesIn, textOf } from "../parts/forms";
import { type HeaderRow, headersOf, rowsFrom, rowsOf } from "./header-rows";

const { url, http_method, headers, description, enabled, ...optional } = DestinationFields;
const DestinationBody = z.object({
  url,
  http_method,
  headers,
  description,
  enabled,
  timeout_ms: optional.timeout_ms.optional(),
  retry_schedule: optional.retry_schedule.optional(),
  max_attempts: optional.max_attempts.optional(),
  signature_schemes: optional.signature_schemes.optional(),
  event_types: optional.event_types,
  filter: FilterTextSchema,
  transformation: TransformationTextSchema,
  templates: TemplatesTextSchema,
} satisfies Record<DestinationField, z.ZodType>);

/** A field as it is written: text, but for the headers and a check box. */
export type DestinationValues = Record<Exclude<DestinationField, "headers" | "enabled">, string> & {
  headers: HeaderRow[];
  enabled: boolean;
};

export const NEW_DESTINATION: DestinationValues = {
  url: "",
  http_method: "POST",
  headers: [],
  description: "",
  enabled: true,
  timeout_ms: String(TIMEOUT_DEFAULT_MS),
  retry_schedule: "",
  max_attempts: "",
  signature_schemes: DEFAULT_SCHEMES.join(" "),
  event_types: "",
  filter: "",
  transformation: "",
  templates: "",
};

export function storedValuesOf(destination: Destination): DestinationValues {
  return {
    url: destination.url,
    http_method: destination.httpMethod,
    headers: rowsOf(maskHeaders(destination.headers)),
    description: destination.description,
    enabled: destination.enabled,
    timeout_ms: String(destination.timeoutMs),
    retry_schedule: destination.retrySchedule?.join(", ") ?? "",
    max_attempts: destination.maxAttempts === null ? "" : String(destination.maxAttempts),
    signature_schemes: destination.signatureSchemes.toSorted().join(" "),
    event_types: destination.eventTypes?.join(", ") ?? "",
    filter: destination.filter ?? "",
    transformation: destination.transformation ?? "",
    templates: destination.templates ?? "",
  };
}

/** What was written, as it was written. */
export function valuesOf(form: FormData): DestinationValues {
  return {
    url: textOf(form, "url"),
    http_method: textOf(form, "http_method"),
    headers: rowsFrom(form),
    description: textOf(form, "description"),
    enabled: form.has("enabled"),
    timeout_ms: textOf(form, "timeout_ms"),
    retry_schedule: textOf(form, "retry_schedule"),
    max_attempts: textOf(form, "max_attempts"),
    signature_schemes: textOf(form, "signature_schemes"),
    // what is ticked comes behind what is written
    event_types: form.getAll("event_types").filter(Boolean).join(", "),
    filter: textOf(form, "filter"),
    transformation: textOf(form, "transformation"),
    templates: textOf(form, "templates"),
  };
}

/**
 * What the form says, in the verbs' terms, or everything that is wrong with it: also what makes a destination unfit, at
 * which a verb looks only when the form is right, so that one round of mending is enough.
 *
 * @param stored for what `***` stands
 */
export function inputIn(
  form: FormData,
  stored: Kept,
  gateway: Parameters<typeof checkDestination>[1],
): { input: DestinationInput; errors?: never } | { input?: never; errors: Errors } {
  const headers = headersOf(rowsFrom(form), stored.headers);
  const body = { ...bodyOf(form), headers };
  const parsed = DestinationBody.safeParse(body);
  if (parsed.success) return { input: destinationInputOf(parsed.data) };
  const opened = {
    url: unmaskUrl(body.url, stored.calledUrl),
    headers: new OpenHeaders(headers, stored.headers.publicNames),
  };
  const checked = checkDestination(opened, gateway);
  return { errors: { ...errorsByPath(checked), ...errorsOf(parsed.error) } };
}

/** What the fields say, but for the headers, under the names of the wire. */
function bodyOf(form: FormData) {
  const number = (name: string) => {
    const text = givenIn(form, name);
    return text === undefined ? undefined : Number(text);
  };
  return {
    url: textOf(form, "url").trim(),
    http_method: textOf(form, "http_method"),
    description: textOf(form, "description").trim(),
    enabled: form.has("enabled"),
    timeout_ms: number("timeout_ms"),
    retry_schedule: givenIn(form, "retry_schedule")
      ?.split(/[\s,;]+/)
      .filter((text) => text !== "")
      .map(Number),
    max_attempts: number("max_attempts"),
    signature_schemes: givenIn(form, "signature_schemes")?.split(" "),
    event_types: namesIn(form, "event_types"),
    filter: textOf(form, "filter"),
    transformation: textOf(form, "transformation"),
    templates: textOf(form, "templates"),
  } satisfies Record<Exclude<DestinationField, "headers">, unknown>;
}
