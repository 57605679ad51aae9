/** Whether a destination is on, paused or disabled: how it is switched, and who may. Pure. */
import type { Acting } from "../audit/audit";
import type { DestinationRow, HealthColumns } from "../db/destinations";
import type { Actor } from "../vocabulary/actor";
import { isPausedByPerson, pauseReasonOf } from "../vocabulary/states";
import { type Destination, type DestinationInput, disabledBy, NO_HISTORY, pausedBy } from "./destination";

/** New fields of a destination; `paused` goes with `enabled: false`, see `pause`. */
export type Change = Partial<DestinationInput> & { paused?: true };

/**
 * Lets what comes for it wait; nothing is sent but tests. May be repeated: what is paused already stays as it is, but for
 * the pause of a suspended account, which becomes one of its own and outlasts that.
 */
export function pause(stored: Destination): Change {
  const reason = pauseReasonOf(stored);
  return reason === null || reason === "account_suspended" ? { enabled: false, paused: true } : {};
}

/** Ends a pause, whoever began it; what is disabled stays so. */
export function resume(stored: Destination): Change {
  return pauseReasonOf(stored) === null ? {} : { enabled: true };
}

/**
 * What else changes when a destination is switched: on, what is held for it goes out; disabled, that is discarded; paused,
 * it stays. One that is paused is off already: only who says no more than "off" means to disable it, and not who changes
 * its other fields. Null where it is not switched.
 */
export function activation(stored: Destination, given: Change, { actor, now: clock }: Acting & { now: () => number }) {
  const now = clock();
  const { enabled = stored.enabled, paused, ...others } = given;
  if (paused) return { wakeAt: null, pausedAt: now, disabledReason: pausedBy(actor) };
  const endsPause = !enabled && pauseReasonOf(stored) !== null && Object.keys(others).length === 0;
  if (enabled === stored.enabled && !endsPause) return null;
  return enabled
    ? { ...historyOnceEnabled(stored, now), wakeAt: now, pausedAt: null, disabledReason: null }
    : { wakeAt: now, pausedAt: null, disabledReason: disabledBy(actor) };
}

/** Whoever enables it says that it works; who ends a person's pause does not, and the time that it took is no failure. */
function historyOnceEnabled(stored: Destination, now: number): Partial<HealthColumns> {
  if (!isPausedByPerson(stored)) return NO_HISTORY;
  return stored.failingSince === null ? {} : { failingSince: now };
}

/** Why this one cannot switch it; null when it can. */
export function refusal({ accountSuspendedAt, disabledReason }: DestinationRow, enabled: boolean, actor: Actor) {
  if (enabled && accountSuspendedAt !== null) return "account_suspended";
  const isByOperator = disabledReason === "disabled_by_operator" || disabledReason === "paused_by_operator";
  return isByOperator && actor.kind === "tenant" ? "stopped_by_operator" : null;
}
