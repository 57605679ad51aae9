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
 * Why a destination is paused, so that what comes for it waits: its tenant did it, or an operator, which no tenant can
 * undo; it failed for too long; or its account is suspended. Of an open circuit `failing` is said elsewhere.
 */
export const PAUSE_REASONS = ["paused_by_user", "paused_by_operator", "failing", "account_suspended"] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** Why a destination gets nothing: it is paused; its tenant disabled it, or an operator; or it answered 410. */
export const DISABLED_REASONS = ["disabled_by_user", "disabled_by_operator", "gone", ...PAUSE_REASONS] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Why it is paused; null where it is not. */
export function pauseReasonOf({ disabledReason }: { disabledReason: DisabledReason | null }): PauseReason | null {
  return PAUSE_REASONS.find((reason) => reason === disabledReason) ?? null;
}

/** Whether a person has paused it. */
export function isPausedByPerson({ disabledReason }: { disabledReason: DisabledReason | null }): boolean {
  return disabledReason === "paused_by_user" || disabledReason === "paused_by_operator";
}

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
