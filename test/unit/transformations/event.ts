/** Events to be transformed, as tests make them. */
import type { EventFacts, TransformedEvent } from "../../../src/transformations/event";
import { transform } from "../../../src/transformations/transform";

export const FACTS: EventFacts = {
  id: "evt_01JDQ8XK3V007M9T2B4C6D8F0G",
  account_id: "acme",
  received_at: "2026-11-26T14:00:00.000Z",
  type: "order.paid",
};

/** An event with that payload, as text or as what it says. */
export function eventOf(payload: unknown, more: Partial<TransformedEvent> = {}): TransformedEvent {
  return {
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    facts: FACTS,
    headers: {},
    ...more,
  };
}

/** What an expression makes of a payload: JSON text, or why not. */
export function made(expression: string, payload: unknown): string {
  const { body, failed } = { body: "", failed: undefined, ...transform(expression, eventOf(payload)) };
  return failed ?? body;
}
