/** Messages of the queue that could not be processed: recorded, shown, and sent again when a person says so. */
import * as z from "zod/v4";
import { type Acting, audited } from "../../audit/audit";
import {
  type DeadLetterRow,
  deleteDeadLetter,
  deleteDeadLettersBeyond,
  insertDeadLetters,
  selectDeadLetter,
  selectDeadLetters,
  selectRecorded,
} from "../../db/dead-letters";
import { transaction } from "../../db/transaction";
import { log, logFault } from "../../observability/log";
import { newId } from "../../vocabulary/ids";
import type { DeliveryContext } from "../delivery";

export type DeadLetter = DeadLetterRow;

/**
 * Why a message ended here. The last two are events that were answered 202: their key came with another body, or, in letters
 * of earlier versions, nobody was left to have them.
 */
export const DEAD_LETTER_REASONS = [
  "unreadable",
  "failed",
  "retries_used_up",
  "idempotency_conflict",
  "account_gone",
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

const Holding = z.object({
  accept: z.object({
    eventId: z.string().nullable().catch(null),
    tokenHash: z.string().nullable().catch(null),
    receivedAt: z.number().optional().catch(undefined),
  }),
});

/** The part of the database that dead letters may take. */
const MOST_OF_DATABASE = 0.01;

/**
 * Records messages, each once however often it comes, and lets the oldest go where there are too many bytes. An event whose
 * token was not live any more when it came, or whose account is gone, is dropped with its payload.
 */
export async function recordDeadLetters(
  context: Pick<DeliveryContext, "db" | "now"> & { retention: { databaseLimitBytes: number } },
  messages: { id: string; body: unknown; reason: DeadLetterReason }[],
): Promise<void> {
  const { db } = context;
  const now = context.now();
  const letters = messages.map(({ id, body, reason }) => {
    const text = JSON.stringify(body) ?? "null";
    const event = eventIn(body);
    return {
      deadLetterId: newId("ded", now),
      messageId: id,
      body: text,
      reason,
      createdAt: now,
      sizeBytes: new TextEncoder().encode(text).length,
      tokenHash: event?.tokenHash ?? null,
      receivedAt: event?.receivedAt ?? now,
      eventId: event?.eventId ?? null,
    };
  });
  const ids = letters.map(({ messageId }) => messageId);
  const { recorded } = await transaction(db, {
    inserted: insertDeadLetters(db, letters),
    recorded: selectRecorded(db, ids),
    beyond: deleteDeadLettersBeyond(db, MOST_OF_DATABASE * context.retention.databaseLimitBytes),
  });
  const isRecorded = new Set(recorded.map(({ messageId }) => messageId));
  for (const { deadLetterId, messageId, eventId, reason } of letters) {
    const fields = { dead_letter_id: deadLetterId, message_id: messageId };
    if (isRecorded.has(messageId)) logFault("message.dead", new Error(reason), fields);
    else logDropped(eventId);
  }
}

/** Nobody is left to have the event, so it is kept nowhere. */
export function logDropped(eventId: string | null): void {
  log("event.dropped", { event_id: eventId, reason: "token_not_live" }, "warn");
}

/** The event that a message holds, whole or in part: it may be of another version of this code. */
function eventIn(body: unknown) {
  const { data } = Holding.safeParse(body);
  return data?.accept ?? null;
}

/** What a message was: `accept` is an event that is not stored yet; the others only wake. */
export const DEAD_LETTER_KINDS = ["accept", "delivery", "event", "destination", "alerts", "unknown"] as const;

/** What a dead letter is about, without its payload, which only its account may read. */
export function describeDeadLetter(letter: Pick<DeadLetter, "body">): {
  kind: (typeof DEAD_LETTER_KINDS)[number];
  eventId: string | null;
} {
  const body: unknown = JSON.parse(letter.body);
  if (typeof body !== "object" || body === null) return { kind: "unknown", eventId: null };
  const first = Object.keys(body)[0];
  return {
    kind: DEAD_LETTER_KINDS.find((kind) => kind === first) ?? "unknown",
    eventId: eventIn(body)?.eventId ?? null,
  };
}

export type DeadLetterPage = { deadLetters: DeadLetter[]; nextCursor: string | null };

/** Newest first. */
export async function listDeadLetters(
  context: Pick<DeliveryContext, "db">,
  page: { cursor?: string | undefined; limit: number },
): Promise<DeadLetterPage> {
  const rows = await selectDeadLetters(context.db, page.cursor, page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { deadLetters: shown, nextCursor: rows.length > page.limit ? (shown.at(-1)?.deadLetterId ?? null) : null };
}

export type Resent = { kind: "resent" } | { kind: "unknown" } | { kind: "no_queue" };

/** Puts the message back into the queue, and off the list once the queue has it. */
export async function resendDeadLetter(
  context: Pick<DeliveryContext, "db" | "queue" | "now"> & Acting,
  deadLetterId: string,
): Promise<Resent> {
  const [letter] = await selectDeadLetter(context.db, deadLetterId);
  if (!letter) return { kind: "unknown" };
  if (!context.queue) return { kind: "no_queue" };
  await context.queue.send(JSON.parse(letter.body));
  await transaction(context.db, {
    deleted: deleteDeadLetter(context.db, deadLetterId),
    audit: audited(context, { action: "dead_letter.resent", of: null, target: deadLetterId }),
  });
  return { kind: "resent" };
}
