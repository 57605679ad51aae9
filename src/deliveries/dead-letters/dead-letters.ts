/** Messages of the queue that could not be processed: recorded, shown, and sent again when a person says so. */
import {
  type DeadLetterRow,
  deleteDeadLetter,
  insertDeadLetters,
  selectDeadLetter,
  selectDeadLetters,
} from "../../db/dead-letters";
import { transaction } from "../../db/transaction";
import { logFault } from "../../observability/log";
import { newId } from "../../vocabulary/ids";
import type { DeliveryContext } from "../delivery";

export type DeadLetter = DeadLetterRow;

/**
 * Why a message ended here. The last two are events that were answered 202: nobody is left to have them, or their key
 * came with another body.
 */
export const DEAD_LETTER_REASONS = [
  "unreadable",
  "failed",
  "retries_used_up",
  "account_gone",
  "idempotency_conflict",
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** Records messages, each once however often it comes. */
export async function recordDeadLetters(
  context: Pick<DeliveryContext, "db" | "now">,
  messages: { id: string; body: unknown; reason: DeadLetterReason }[],
): Promise<void> {
  const now = context.now();
  const letters = messages.map(({ id, body, reason }) => {
    const text = JSON.stringify(body) ?? "null";
    return {
      deadLetterId: newId("ded", now),
      messageId: id,
      body: text,
      reason,
      createdAt: now,
      account: null,
      sizeBytes: new TextEncoder().encode(text).length,
    };
  });
  await transaction(context.db, { recorded: insertDeadLetters(context.db, letters) });
  for (const { deadLetterId, messageId, reason } of letters) {
    logFault("message.dead", new Error(reason), { dead_letter_id: deadLetterId, message_id: messageId });
  }
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
  const accept: unknown = "accept" in body ? body.accept : null;
  const eventId = typeof accept === "object" && accept !== null && "eventId" in accept ? accept.eventId : null;
  return {
    kind: DEAD_LETTER_KINDS.find((kind) => kind === first) ?? "unknown",
    eventId: typeof eventId === "string" ? eventId : null,
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
  context: Pick<DeliveryContext, "db" | "queue">,
  deadLetterId: string,
): Promise<Resent> {
  const [letter] = await selectDeadLetter(context.db, deadLetterId);
  if (!letter) return { kind: "unknown" };
  if (!context.queue) return { kind: "no_queue" };
  await context.queue.send(JSON.parse(letter.body));
  await deleteDeadLetter(context.db, deadLetterId);
  return { kind: "resent" };
}
