import * as z from "zod/v4";
import type { WakeUp } from "../deliveries/wake-ups";
import type { QueuedEvent } from "../events/enqueue-event";
import { isId, parseDeliveryId } from "../vocabulary/ids";

/** Everything that the queue can hold. */
export const MessageSchema: z.ZodType<WakeUp | QueuedEvent> = z.union([
  z.object({ delivery: z.string().refine((text) => parseDeliveryId(text) !== null) }),
  z.object({ event: z.string().refine((text) => isId("evt", text)) }),
  z.object({ destination: z.int() }),
  z.object({ alerts: z.literal(true) }),
  z.object({
    accept: z.object({
      eventId: z.string().refine((text) => isId("evt", text)),
      tokenHash: z.string(),
      idempotencyKey: z.string().nullable(),
      payloadDigest: z.string().nullable(),
      payload: z.string(),
      // missing in messages of earlier versions
      contentType: z.string().nullable().default(null),
      incomingHeaders: z.string().nullable().default(null),
      hops: z.int().min(0).default(0),
      sizeBytes: z.int(),
      receivedAt: z.int(),
    }),
  }),
]);
