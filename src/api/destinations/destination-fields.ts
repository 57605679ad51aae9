/** The fields of a destination on the wire: their rules, and what the API's document says of each. */
import { LONGEST_INLINE_TIMEOUT_MS } from "../../deliveries/deadlines";
import { DestinationFields, TIMEOUT_DEFAULT_MS } from "../../destinations/destination-input";
import { HTTP_METHODS } from "../../vocabulary/http-method";

export const UrlSchema = DestinationFields.url.openapi({
  type: "string",
  description:
    "As it is called: without its fragment, as the WHATWG URL standard writes it. The values of its query are sealed and read `***`, which keeps what is stored while the origin stays",
  example: "https://crm.example/hooks/orders",
});
export const MethodSchema = DestinationFields.http_method.openapi({
  type: "string",
  enum: [...HTTP_METHODS],
  description: "In any case",
  example: "POST",
});
export const HeadersSchema = DestinationFields.headers.openapi({
  description:
    "A value, or a list of values, for each name. Once given it reads `***`, but for `content-type`, `accept`, `user-agent`, `x-source` and the account's `public_headers`; `***` keeps what is stored while the URL's origin stays",
  example: { "X-Source": "data-pusher", Accept: ["application/json", "text/plain"] },
});
export const DescriptionSchema = DestinationFields.description;
export const TimeoutSchema = DestinationFields.timeout_ms.openapi({
  description: `How long one attempt may take, in milliseconds. Above ${LONGEST_INLINE_TIMEOUT_MS} a delivery is not attempted right after the event is accepted, but by the queue's consumer, or by the sweep within a minute where there is no queue`,
  example: TIMEOUT_DEFAULT_MS,
});
export const ScheduleSchema = DestinationFields.retry_schedule.openapi({
  type: ["array", "null"],
  description: "Seconds between attempts; null is the default of 11 attempts in 3 days",
  example: [5, 60, 300],
});
export const MaxAttemptsSchema = DestinationFields.max_attempts.openapi({
  type: ["integer", "null"],
  description: "Cuts the schedule short; null leaves it whole",
  example: 5,
});

export const SchemesSchema = DestinationFields.signature_schemes.openapi({
  description:
    "How requests are signed (Standard Webhooks): `v1` by HMAC-SHA256 with the signing secret, `v1a` by Ed25519, so that a receiver needs only the public key; or by both",
  example: ["v1", "v1a"],
});

export const TypesSchema = DestinationFields.event_types.openapi({
  type: "array",
  items: { type: "string" },
  maxItems: 50,
  description: "The types of the events that it gets; `order.*` is every type that begins so. Empty is every event",
  example: ["order.*", "invoice.paid"],
});
export const FilterField = DestinationFields.filter.openapi({
  type: ["object", "null"],
  description:
    "Which of those it gets: those for which every condition holds, see docs/filters.md. A change replaces it as a whole",
  example: { order: { total: { $gte: 100 } } },
});

export const TransformationField = DestinationFields.transformation.openapi({
  type: ["string", "null"],
  description:
    "A JSONata expression that makes the body of what is sent, see docs/transformations.md. An event that it fails for ends as `unsendable`, with the reason",
  example: '{"text": "Order " & order.id}',
});
export const TemplatesField = DestinationFields.templates.openapi({
  type: ["object", "null"],
  description: "What of an event goes into the URL's path and query, and into headers. A change replaces it as a whole",
  example: { headers: { "Idempotency-Key": "{{ event.id }}" } },
});
