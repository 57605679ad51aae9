import { transaction } from "../../db/transaction";
import { countWaiting, type FailureRow, selectLastFailure, selectOldestMissed } from "../../db/trouble";
import { deliveryId, timeOfId } from "../../vocabulary/ids";
import type { AttemptOutcome } from "../../vocabulary/states";
import type { DeliveryContext } from "../delivery";
import { MOST_COUNTED } from "../status/status";

/** A failed attempt: which, when, and how it ended. `answer` is the beginning of what was answered. */
export type Failure = {
  deliveryId: string;
  startedAt: number;
  outcome: AttemptOutcome;
  statusCode: number | null;
  detail: string | null;
  answer: string | null;
};

/**
 * What a destination failed with last, since when something is missing there, in milliseconds since 1970, and how much
 * waits for it, counted up to `MOST_COUNTED`.
 */
export type Trouble = { lastFailure: Failure | null; missedSince: number | null; waiting: number };

export async function readTrouble(
  { db }: Pick<DeliveryContext, "db">,
  accountId: string,
  destinationId: string,
): Promise<Trouble> {
  const { failures, missed, held } = await transaction(db, {
    failures: selectLastFailure(db, accountId, destinationId),
    missed: selectOldestMissed(db, accountId, destinationId),
    held: countWaiting(db, accountId, destinationId, MOST_COUNTED),
  });
  const [failure] = failures;
  const oldest = missed[0]?.eventId ?? null;
  return {
    lastFailure: failure ? failureOf(failure) : null,
    missedSince: oldest === null ? null : timeOfId(oldest),
    waiting: held[0]?.waiting ?? 0,
  };
}

function failureOf({ eventId, destination, ...failure }: FailureRow): Failure {
  return { ...failure, deliveryId: deliveryId(eventId, destination) };
}
