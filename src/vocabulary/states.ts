/** The state of a delivery. Only `pending` still changes by itself; `filtered` is what its destination does not ask for. */
export const DELIVERY_STATES = ["pending", "delivered", "filtered", "exhausted", "discarded"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Why a delivery was given up, or filtered out. */
export const DELIVERY_REASONS = [
  "attempts_exhausted",
  "unsendable",
  "gone",
  "destination_disabled",
  "destination_removed",
  "event_wiped",
  "event_type",
  "filter",
] as const;
export type DeliveryReason = (typeof DELIVERY_REASONS)[number];

/**
 * Why a destination is disabled: its tenant did it, or an operator, which no tenant can undo; it answered 410; it failed
 * for too long; or its account is suspended. The last two keep what waits. `failing` is called paused everywhere but on
 * the wire, where that was its name first; elsewhere it means an open circuit.
 */
export const DISABLED_REASONS = [
  "disabled_by_user",
  "disabled_by_operator",
  "gone",
  "failing",
  "account_suspended",
] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** How an attempt ended: `success` is a 2xx, `http_error` any other answer of the receiver; with the rest there was none. */
export const ATTEMPT_OUTCOMES = [
  "success",
  "http_error",
  "timeout",
  "dns",
  "connection",
  "tls",
  "edge_error",
  "unsendable",
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** The state of a recovery. */
export const RECOVERY_STATES = ["running", "finished", "cancelled"] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];
