/** The form of a destination. */
import type { Child } from "hono/jsx";
import type { DestinationField } from "../../destinations/destination";
import { ATTEMPTS_MAX, DESCRIPTION_MAX, TIMEOUT_MAX_MS, TIMEOUT_MIN_MS } from "../../destinations/destination-input";
import { MOST_TRIED } from "../../events/try-wanted";
import { HTTP_METHODS } from "../../vocabulary/http-method";
import { ASSETS } from "../assets.gen";
import { Notice } from "../parts/elements";
import { type Choice, type Errors, fieldsOf, Input, Lines, PostForm, Select } from "../parts/forms";
import { HeaderRows } from "./header-rows";
import type { DestinationValues } from "./values";

const METHODS = HTTP_METHODS.map((method): Choice => [method, method]);
const SIGNED_BY: Choice[] = [
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
  /** Event types to choose from. */
  offer: Child;
}) {
  const { values, errors } = props;
  const {
    url,
    http_method,
    headers,
    description,
    enabled,
    signature_schemes,
    event_types,
    filter,
    transformation,
    templates,
    ...thirds
  } = inputsOf(values, errors);
  return (
    <PostForm class="form">
      {errors.whole ? <Notice tone="bad">{errors.whole}</Notice> : null}
      {props.readAt === undefined ? null : <input type="hidden" name="read_at" value={props.readAt} />}
      {url}
      {http_method}
      {headers}
      {description}
      {event_types}
      {props.offer}
      {filter}
      <div data-presets={ASSETS["presets.json"]}></div>
      {transformation}
      {templates}
      <div class="thirds">{Object.values(thirds)}</div>
      {signature_schemes}
      {enabled}
      <p class="actions">
        <button type="submit">{props.button}</button>
        <button type="submit" name="try" value="1" class="secondary">
          Try it on the last {MOST_TRIED} events
        </button>
        <a href={props.back}>Cancel</a>
      </p>
    </PostForm>
  );
}

/** An input for every field. */
function inputsOf(values: DestinationValues, errors: Errors): Record<DestinationField, Child> {
  const field = fieldsOf(values, errors);
  return {
    url: (
      <Input
        {...field("url")}
        label="URL"
        inputmode="url"
        help="Values in its query are shown as *** once saved; leave *** to keep them."
        placeholder="https://crm.example/hooks/orders"
        required
      />
    ),
    http_method: (
      <Select
        {...field("http_method")}
        label="Method"
        choices={METHODS}
        help="GET puts the event into the query string; the others send it as the body."
      />
    ),
    headers: <HeaderRows rows={values.headers} errors={errors} />,
    description: <Input {...field("description")} label="Description" maxlength={DESCRIPTION_MAX} />,
    enabled: (
      <div class="field">
        <label>
          <input type="checkbox" name="enabled" value="true" checked={values.enabled} /> Enabled
        </label>
        <small>What comes for one that is off is discarded. To keep it, pause the destination instead.</small>
      </div>
    ),
    timeout_ms: (
      <Input
        {...field("timeout_ms")}
        label="Timeout in milliseconds"
        inputmode="numeric"
        help={`The longest an attempt may take: ${TIMEOUT_MIN_MS} to ${TIMEOUT_MAX_MS}.`}
      />
    ),
    retry_schedule: (
      <Input
        {...field("retry_schedule")}
        label="Retry schedule"
        placeholder="5, 60, 300, 1800"
        help="Seconds between attempts. Leave empty for 11 attempts in about 3 days."
      />
    ),
    max_attempts: (
      <Input
        {...field("max_attempts")}
        label="Attempts at most"
        inputmode="numeric"
        help={`1 to ${ATTEMPTS_MAX}; cuts the schedule short. Leave empty to use all of it.`}
      />
    ),
    event_types: (
      <Input
        {...field("event_types")}
        label="Event types"
        placeholder="order.*, invoice.paid"
        help="The types of events that it gets, separated by commas; order.* is every type that begins so. Leave empty for all events."
      />
    ),
    filter: (
      <Lines
        {...field("filter")}
        label="Filter"
        help={
          'Conditions on the payload, as JSON: {"order": {"total": {"$gte": 100}}} lets through orders of 100 or more. Leave empty for all events.'
        }
      />
    ),
    transformation: (
      <Lines
        {...field("transformation")}
        label="Transformation"
        help={
          'A JSONata expression that makes the body: {"text": "Order " & order.id}. Leave empty to send events as they came.'
        }
      />
    ),
    templates: (
      <Lines
        {...field("templates")}
        label="Templates"
        help={
          'What of an event goes into URL and headers, as JSON: {"path": "/orders/{{ body.order.id }}", "headers": {"X-Id": "{{ event.id }}"}}. Leave empty for none.'
        }
      />
    ),
    signature_schemes: (
      <Select
        {...field("signature_schemes")}
        label="Signatures"
        choices={SIGNED_BY}
        help="How the receiver checks that a request is genuine: with a secret that it shares with the gateway, or with a public key that anybody may know."
      />
    ),
  };
}
