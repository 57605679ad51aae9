/** When an invocation gives up waiting for a slot and leaves the rest to the queue. */
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { AttemptLog } from "../../src/deliveries/attempt-log";
import type { DeliveryContext, DispatchRecord } from "../../src/deliveries/delivery";
import type { LeasedDelivery } from "../../src/deliveries/leased-delivery";
import { attemptAll } from "../../src/deliveries/slots/attempt-all";
import { InFlight } from "../../src/deliveries/slots/in-flight";
import { Subrequests } from "../../src/deliveries/slots/subrequests";

const BEGUN = 1_000_000;
const LATER = BEGUN + 2_000;
const DESTINATIONS = Array.from({ length: 8 }, (_, i) => i + 1);

/** Eight deliveries, of which six have begun and wait for ever to know whether they may go out; `answering` destinations keep up. */
function begun(answering: number[]) {
  const never = new Promise<never>(() => undefined);
  const db = openDatabase({ prepare: () => ({}), batch: () => never } as unknown as D1Database);
  const inFlight = new InFlight();
  for (const destination of answering) for (let n = 0; n < 10; n++) inFlight.answered(destination, 1_500, LATER);
  let begin = true;
  const now = () => {
    const at = begin ? BEGUN : LATER;
    begin = false;
    return at;
  };
  const context = { db, inFlight, now, changes: { count: 0 } } as unknown as DeliveryContext;
  const target = { accountId: "a", usualDurationMs: 0, consecutiveFailures: 0, timeoutMs: 1_000 };
  const leased = DESTINATIONS.map((destination) => ({
    eventId: "evt_1",
    destination,
    attemptCount: 0,
    target,
    content: { payload: "{}" },
  })) as unknown as LeasedDelivery[];
  const record: DispatchRecord = { ended: [], released: [], filtered: [] };
  const deadline = { startBy: LATER + 60_000, endBy: LATER + 60_000 };
  const { handOver } = attemptAll(context, leased, deadline, record, new Subrequests(1_000), new AttemptLog());
  return { handOver, record };
}

it("leaves what has no slot to the queue when none became free since it last looked", () => {
  const { handOver, record } = begun([]);
  expect(handOver(), "six have just begun").toBe(0);
  expect(handOver()).toBe(2);
  expect(record.released.map(({ destination }) => destination)).toEqual([7, 8]);
});

it("keeps it while whoever has the slots keeps up: then it is we who are late", () => {
  const { handOver } = begun(DESTINATIONS);
  expect([handOver(), handOver(), handOver()]).toEqual([0, 0, 0]);
});

it("but not when one of them does not", () => {
  const { handOver } = begun(DESTINATIONS.slice(1));
  expect([handOver(), handOver()]).toEqual([0, 2]);
});
