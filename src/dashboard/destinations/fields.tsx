/** A destination as a form: its inputs, what they hold, and what is wrong with it. */
import type { Child } from "hono/jsx";
import * as z from "zod/v4";
import type { Kept } from "../../destinations/change-destination";
import { checkDestination } from "../../destinations/check-destination";
import {
  DEFAULT_SCHEMES,
  type Destination,
  type DestinationField,
  type DestinationInput,
} from "../../destinations/destination";
import {
  ATTEMPTS_MAX,
  DESCRIPTION_MAX,
  DestinationFields,
  destinationInputOf,
  TIMEOUT_DEFAULT_MS,
  TIMEOUT_MAX_MS,
  TIMEOUT_MIN_MS,
} from "../../destinations/destination-input";
import { unmaskUrl } from "../../security/masked-url";
import { maskHeaders, OpenHeaders } from "../../security/masking";
import { HTTP_METHODS } from "../../vocabulary/http-method";
import { described, Field, Notice } from "../parts/elements";
import { type Errors, errorsByPath, errorsOf, givenIn, Input, PostForm, textOf } from "../parts/forms";
import { type HeaderRow, HeaderRows, headersOf, rowsFrom, rowsOf } from "./header-rows";

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
};

/** The choices of `signature_schemes`, as the form sends them and as the page of a destination says them. */
export const SIGNED_BY: [schemes: string, label: string][] = [
  ["v1", "v1: by the signing secret"],
  ["v1a", "v1a: by a key pair"],
  ["v1 v1a", "v1 and v1a: by both"],
];

export function DestinationForm(props: {
  values: DestinationValues;
  errors: Errors;
  button: string;
  back: string;
  readAt?: number;
}) {
  const { values, errors } = props;
  const { url, http_method, headers, description, enabled, signature_schemes, ...thirds } = inputsOf(values, errors);
  return (
    <PostForm class="form">
      {errors.whole ? <Notice tone="bad">{errors.whole}</Notice> : null}
      {props.readAt === undefined ? null : <input type="hidden" name="read_at" value={props.readAt} />}
      {url}
      {http_method}
      {headers}
      {description}
      <div class="thirds">{Object.values(thirds)}</div>
      {signature_schemes}
      {enabled}
      <p class="actions">
        <button type="submit">{props.button}</button>
        <a href={props.back}>Cancel</a>
      </p>
    </PostForm>
  );
}

/** An input for every field. */
function inputsOf(values: DestinationValues, errors: Errors): Record<DestinationField, Child> {
  return {
    url: (
      <Input
        name="url"
        label="URL"
        value={values.url}
        error={errors.url}
        inputmode="url"
        help="Values in its query are shown as *** once saved; leave *** to keep them."
        placeholder="https://crm.example/hooks/orders"
        required
      />
    ),
    http_method: (
      <Field
        name="http_method"
        label="Method"
        help="GET puts the event into the query string; the others send it as the body."
        error={errors.http_method}
      >
        <select {...described("http_method", errors.http_method, true)}>
          {HTTP_METHODS.map((method) => (
            <option value={method} selected={values.http_method === method}>
              {method}
            </option>
          ))}
        </select>
      </Field>
    ),
    headers: <HeaderRows rows={values.headers} errors={errors} />,
    description: (
      <Input
        name="description"
        label="Description"
        value={values.description}
        error={errors.description}
        maxlength={DESCRIPTION_MAX}
      />
    ),
    enabled: (
      <div class="field">
        <label>
          <input type="checkbox" name="enabled" value="true" checked={values.enabled} /> Enabled
        </label>
      </div>
    ),
    timeout_ms: (
      <Input
        name="timeout_ms"
        label="Timeout in milliseconds"
        value={values.timeout_ms}
        error={errors.timeout_ms}
        inputmode="numeric"
        help={`The longest an attempt may take: ${TIMEOUT_MIN_MS} to ${TIMEOUT_MAX_MS}.`}
      />
    ),
    retry_schedule: (
      <Input
        name="retry_schedule"
        label="Retry schedule"
        value={values.retry_schedule}
        error={errors.retry_schedule}
        placeholder="5, 60, 300, 1800"
        help="Seconds between attempts. Leave empty for 11 attempts in about 3 days."
      />
    ),
    max_attempts: (
      <Input
        name="max_attempts"
        label="Attempts at most"
        value={values.max_attempts}
        error={errors.max_attempts}
        inputmode="numeric"
        help={`1 to ${ATTEMPTS_MAX}; cuts the schedule short. Leave empty to use all of it.`}
      />
    ),
    signature_schemes: (
      <Field
        name="signature_schemes"
        label="Signatures"
        help="How the receiver checks that a request is genuine: with a secret that it shares with the gateway, or with a public key that anybody may know."
        error={errors.signature_schemes}
      >
        <select {...described("signature_schemes", errors.signature_schemes, true)}>
          {SIGNED_BY.map(([schemes, label]) => (
            <option value={schemes} selected={values.signature_schemes === schemes}>
              {label}
            </option>
          ))}
        </select>
      </Field>
    ),
  };
}

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
  } satisfies Record<Exclude<DestinationField, "headers">, unknown>;
}
