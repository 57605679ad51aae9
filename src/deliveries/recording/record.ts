import { addCircuitAlerts, addDeliveryAlerts, type GivenUp } from "../../db/alerts/alerts";
import type { Database } from "../../db/database";
import type { DeliveryKey } from "../../db/deliveries";
import { type Arrival, recordArrivals } from "../../db/engine/arrivals";
import { type CircuitLimits, updateCircuits } from "../../db/engine/circuits";
import { drainOn } from "../../db/engine/drains";
import { countFiltered, recordFiltered } from "../../db/engine/filtered";
import { endFlights } from "../../db/engine/flights";
import {
  insertAttempts,
  recordTransitions,
  releaseDeliveries,
  type Transition,
  updateUsualDurations,
} from "../../db/engine/records";
import { GroupCommit } from "../../db/group-commit";
import { countAttempts, isSoon } from "../../db/stats/attempt-counts";
import { transaction } from "../../db/transaction";
import { isDatabaseFull, isDatabaseUnavailable } from "../../errors/database-errors";
import { logFault } from "../../observability/log";
import { deliveryId, newId, timeOfId } from "../../vocabulary/ids";
import { GROUP_COMMIT_PATIENCE_MS, RECORD_WAITS_MS } from "../deadlines";
import type { DeliveryContext, DispatchRecord, Ended, Recorded, RecordedAtOnce } from "../delivery";
import type { InFlight } from "../slots/in-flight";
import { changedUsualDurations, SLOW_MS, type Timed } from "../slots/usual-duration";
import { takeArrivals } from "./arrivals";
import {
  MOST_ATTEMPTS_PER_SUCCESS,
  OPEN_LIMITS,
  PAUSE_AFTER_FAILURES,
  PAUSE_AFTER_MS,
  PROBE_WAIT_MS,
  reportCircuits,
} from "./circuit";
import { evidenceOf } from "./evidence";

const CIRCUIT_LIMITS: CircuitLimits = {
  ...OPEN_LIMITS,
  mostAttemptsPerSuccess: MOST_ATTEMPTS_PER_SUCCESS,
  probeWaitMs: PROBE_WAIT_MS,
  pauseAfterFailures: PAUSE_AFTER_FAILURES,
  pauseAfterMs: PAUSE_AFTER_MS,
};

/**
 * Writes down what a dispatch did, in one transaction that dispatches of the same isolate share; if the database will not
 * take that, only how the deliveries stand.
 *
 * @param spend is called before each request to the database
 * @throws what the database threw, when it did not take that either; the leases then run out and the deliveries are sent
 * again, after ever longer times
 */
export async function record(
  context: Pick<DeliveryContext, "records" | "db" | "now">,
  dispatch: DispatchRecord,
  spend: () => void,
): Promise<Recorded> {
  const recorded: Recorded[] = [];
  let rest = dispatch;
  for (const waitMs of [...RECORD_WAITS_MS, null]) {
    spend();
    try {
      const { left, ...written } = await context.records.submit(rest);
      recorded.push(written);
      if (left.length === 0) return together(recorded);
      rest = { ended: left, released: [], filtered: [], again: true };
    } catch (error) {
      if (waitMs === null || !isDatabaseUnavailable(error) || isDatabaseFull(error)) {
        logFault("record.failed", error, { attempts: rest.ended.length });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      rest = { ...rest, again: true };
    }
  }
  spend();
  return together([...recorded, await recordStates(context, rest)]);
}

function together(recorded: Recorded[]): Recorded {
  return {
    deliveries: recorded.flatMap(({ deliveries }) => deliveries),
    destinations: recorded.flatMap(({ destinations }) => destinations),
    alertsBegun: recorded.some(({ alertsBegun }) => alertsBegun),
  };
}

/** The least that must be known, so that what has arrived is not sent again: no attempt is kept, no statistics, no circuit. */
async function recordStates(
  { db, now }: Pick<DeliveryContext, "db" | "now">,
  { ended, released, filtered }: DispatchRecord,
): Promise<Recorded> {
  const transitions = onePerDelivery(ended.map((one) => one.transition));
  const { deliveries } = await transaction(db, {
    deliveries: recordTransitions(db, transitions, { keep: false }, OPEN_LIMITS, now()),
    released: releaseDeliveries(db, released),
    filtered: recordFiltered(db, filtered, now()),
    flights: endFlights(db, eventsOf([{ ended, released, filtered }])),
  });
  return { deliveries: deliveries.flat(), destinations: [], alertsBegun: false };
}

/** The records of one isolate, sharing transactions. @param inFlight what it has in flight, see `timedOf` */
export function recordGroup(
  db: Database,
  inFlight: InFlight,
  now: () => number,
): GroupCommit<DispatchRecord, RecordedAtOnce> {
  return new GroupCommit((dispatches) => commit(db, inFlight, dispatches, now()), {
    maxItems: 25,
    // so much that a transaction stays short; answers of receivers are 8 KB at the most
    maxWeight: 1_000_000,
    weigh: ({ ended, released, filtered }) =>
      ended.reduce(
        (sum, { attempt }) => sum + 1_000 + 2 * (attempt.responseBody?.length ?? 0),
        200 * released.length + 1_000 * filtered.length,
      ),
    patienceMs: GROUP_COMMIT_PATIENCE_MS,
    lingerMs: 50,
    concernsAll: isDatabaseUnavailable,
  });
}

/**
 * What arrived at once costs `arrived` and `flights`; the others are there for the rest. The order matters:
 *
 * - `ofCircuits` and `ofDeliveries` tell of changes, so they come before `circuits` and `transitions` make them.
 * - `circuits` comes before `transitions`, which holds what is due again where the circuit is open now and discards it
 *   where the destination was disabled, and before `counted`, which counts what is discarded.
 * - `counted` comes before `attempts`: an attempt that is kept already was counted, and so is not counted twice.
 * - `attempts` comes before `transitions`, which takes a delivery's number of attempts from those that are kept.
 * - `countedFiltered` counts what `filtered` is about to record, and `drains` goes on with what that leaves.
 * - `arrived` concerns no destination of the others. `flights` end once all their deliveries have a row.
 */
async function commit(
  db: Database,
  inFlight: InFlight,
  dispatches: DispatchRecord[],
  now: number,
): Promise<RecordedAtOnce[]> {
  const parted = takeArrivals(dispatches);
  const arrivals = parted.flatMap((dispatch) => dispatch.arrivals);
  const ended = parted.flatMap((dispatch) => dispatch.ended);
  const released = dispatches.flatMap((dispatch) => dispatch.released);
  const filtered = dispatches.flatMap((dispatch) => dispatch.filtered);
  const late = filtered.filter(({ eventId }) => !isSoon(timeOfId(eventId), now));
  const draining = [...new Set(filtered.flatMap(({ endsDrain, destination }) => (endsDrain ? destination : [])))];
  const transitions = onePerDelivery(ended.map((one) => one.transition));
  const ofEventsSentIn = onePerDelivery(ended.map((one) => one.transition).filter((one) => !one.isTest));
  const reports = evidenceOf(parted).map(reportCircuits);
  const timed = [...arrivals, ...ended].flatMap((one) => timedOf(one, inFlight, now));
  const usualDurations = changedUsualDurations(timed);
  const givenUp = ofEventsSentIn.flatMap(givenUpOf);
  const stamp = () => ({ alertId: newId("alt", now), now });
  const {
    ofCircuits,
    ofDeliveries,
    circuits,
    arrived,
    transitions: deliveries,
    drains,
  } = await transaction(db, {
    ofCircuits: reports.map((some) => addCircuitAlerts(db, some, CIRCUIT_LIMITS, stamp())),
    ofDeliveries: givenUp.length === 0 ? null : addDeliveryAlerts(db, givenUp, stamp()),
    circuits: reports.map((some) => updateCircuits(db, some, CIRCUIT_LIMITS, now)),
    usualDurations: usualDurations.length === 0 ? null : updateUsualDurations(db, usualDurations),
    arrived: recordArrivals(db, arrivals.map(arrivalOf), now),
    counted: ofEventsSentIn.length === 0 ? null : countAttempts(db, ofEventsSentIn, now),
    attempts: insertAttempts(db, transitions),
    transitions: recordTransitions(db, transitions, { keep: true }, OPEN_LIMITS, now),
    released: released.length === 0 ? null : releaseDeliveries(db, released),
    countedFiltered: countFiltered(db, late, now),
    filtered: recordFiltered(db, filtered, now),
    drains: draining.length === 0 ? null : drainOn(db, draining, now),
    flights: endFlights(db, eventsOf(dispatches)),
  });
  const alertsBegun = [...ofCircuits.flat(), ...(ofDeliveries ?? [])].some(({ firstAt }) => firstAt === now);
  const written = new Set(arrived.flat().map(idOf));
  return parted.map((dispatch, place) => {
    const own = new Set(dispatch.ended.map(({ transition }) => idOf(transition)));
    const targets = new Set(
      [...dispatch.ended.map(({ transition }) => transition), ...dispatch.filtered].map((one) => one.destination),
    );
    return {
      deliveries: deliveries.flat().filter((row) => own.has(idOf(row))),
      destinations: [...circuits.flat(), ...(drains ?? [])].filter((row) => targets.has(row.key)),
      // one of them sends the wake-up
      alertsBegun: alertsBegun && place === 0,
      left: dispatch.arrivals.filter(({ leased }) => !written.has(idOf(leased))),
    };
  });
}

/** The events that may have been on their first way. */
function eventsOf(dispatches: DispatchRecord[]): string[] {
  return [
    ...new Set(
      dispatches
        .flatMap(({ ended, released, filtered }) => [...ended.map((one) => one.leased), ...released, ...filtered])
        .map((one) => one.eventId),
    ),
  ];
}

function arrivalOf({ leased: { eventId, destination }, transition: { attempt } }: Ended): Arrival {
  return { eventId, destination, ...attempt };
}

/** What the operator is told of, if that is what the attempt made of its delivery. */
function givenUpOf({ eventId, destination, lease, state, reason }: Transition): GivenUp[] {
  const one = { deliveryId: deliveryId(eventId, destination), eventId, destination, lease };
  if (state === "exhausted") return [{ ...one, state, reason: "attempts_exhausted" }];
  return state === "discarded" && reason === "unsendable" ? [{ ...one, state, reason }] : [];
}

/** What a test took says nothing, nor what could not be sent, nor an answer that may be late by our own doing. */
function timedOf(one: Ended, inFlight: InFlight, now: number): Timed[] {
  const { leased, attempt } = one;
  if (one.transition.isTest || attempt.outcome === "unsendable") return [];
  const { destination, target } = leased;
  if (attempt.durationMs > SLOW_MS && inFlight.mayBeOwnDelay(destination, attempt.durationMs, now)) return [];
  return [{ destination, usualDurationMs: target.usualDurationMs, durationMs: attempt.durationMs }];
}

/** One for each delivery. Two attempts of one can meet here when a lease ran out; then success is the truth. */
function onePerDelivery(transitions: Transition[]): Transition[] {
  const kept = new Map<string, Transition>();
  for (const transition of transitions) {
    const id = idOf(transition);
    if (kept.get(id)?.state !== "delivered") kept.set(id, transition);
  }
  return [...kept.values()];
}

function idOf({ eventId, destination }: DeliveryKey): string {
  return deliveryId(eventId, destination);
}
