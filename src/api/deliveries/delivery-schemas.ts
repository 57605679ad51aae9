import * as z from "zod/v4";
import type { MaskedRequest } from "../../attempts/request";
import { ATTEMPTS_OF_A_PAGE, type Delivery, type DeliveryWithAttempts } from "../../deliveries/reading/read-deliveries";
import { HTTP_METHODS } from "../../vocabulary/http-method";
import { ATTEMPT_OUTCOMES, DELIVERY_REASONS, DELIVERY_STATES } from "../../vocabulary/states";
import { TimestampSchema, time } from "../paging";

export const DeliverySchema = z
  .object({
    delivery_id: z.string().openapi({ example: "dlv_01JDQ8XK3V007M9T2B4C6D8F0GHJ5ZC1M8P4" }),
    event_id: z.string(),
    account_id: z.string().trim(),
    destination_id: z.string().trim().nullable(),
    state: z.enum(DELIVERY_STATES),
    reason: z.enum(DELIVERY_REASONS).nullable().openapi({ description: "Why it ended without arriving" }),
    explanation: z.string().nullable().openapi({
      description:
        "Of what was filtered out: the first condition that did not hold, and what was found. Of what could not be sent: why",
      example: "order.total is 99.5, not 100 or greater (order.total.$gte).",
    }),
    filter_revision: z.int().nullable().openapi({ description: "By which revision of the destination's filter" }),
    event_type: z.string().nullable(),
    attempt_count: z.int(),
    last_status_code: z.int().nullable(),
    next_attempt_at: TimestampSchema.nullable(),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  })
  .openapi("Delivery");

const AttemptSchema = z
  .object({
    number: z.int(),
    started_at: TimestampSchema,
    duration_ms: z.int(),
    outcome: z.enum(ATTEMPT_OUTCOMES).openapi({
      description:
        "`success` is a 2xx answer, `http_error` any other of the receiver's; the rest are failures before one",
    }),
    status_code: z.int().nullable(),
    detail: z.string().nullable().openapi({ description: "More about what happened, for people" }),
    response_headers: z.record(z.string(), z.string()).nullable(),
    response_body: z.string().nullable().openapi({ description: "The first 8 KB of the answer" }),
  })
  .openapi("Attempt");

export const DeliveryWithAttemptsSchema = DeliverySchema.extend({
  attempts: z
    .array(AttemptSchema)
    .openapi({ description: `The latest ${ATTEMPTS_OF_A_PAGE}, or the latest before the cursor; the first one first` }),
  attempts_next_cursor: z
    .string()
    .nullable()
    .openapi({ description: "Where the page of those before them begins; null when these are the first" }),
}).openapi("DeliveryWithAttempts");

/** One HTTP request as it was sent; sensitive header values are masked. */
export const RequestSchema = z
  .object({
    method: z.enum(HTTP_METHODS),
    url: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])).openapi({ description: "Names and values, one line each" }),
    body: z.string().nullable(),
  })
  .openapi("Request");

export function requestRecord({ method, url, headers, body }: MaskedRequest): z.output<typeof RequestSchema> {
  return { method, url, headers, body };
}

export function deliveryRecord(delivery: Delivery): z.output<typeof DeliverySchema> {
  return {
    delivery_id: delivery.deliveryId,
    event_id: delivery.eventId,
    account_id: delivery.accountId,
    destination_id: delivery.destinationId,
    state: delivery.state,
    reason: delivery.reason,
    explanation: delivery.explanation,
    filter_revision: delivery.filterRevision,
    event_type: delivery.eventType,
    attempt_count: delivery.attemptCount,
    last_status_code: delivery.lastStatusCode,
    next_attempt_at: delivery.nextAttemptAt === null ? null : time(delivery.nextAttemptAt),
    created_at: time(delivery.createdAt),
    updated_at: time(delivery.updatedAt),
  };
}

export function deliveryWithAttempts(delivery: DeliveryWithAttempts): z.output<typeof DeliveryWithAttemptsSchema> {
  return {
    ...deliveryRecord(delivery),
    attempts: delivery.attempts.map((attempt) => ({
      number: attempt.number,
      started_at: time(attempt.startedAt),
      duration_ms: attempt.durationMs,
      outcome: attempt.outcome,
      status_code: attempt.statusCode,
      detail: attempt.detail,
      response_headers: attempt.responseHeaders,
      response_body: attempt.responseBody,
    })),
    attempts_next_cursor: delivery.attemptsCursor === null ? null : String(delivery.attemptsCursor),
  };
}
