import { beforeEach, expect, it } from "vitest";
import { type Filtered, recordFiltered } from "../../src/db/engine/filtered";
import { transaction } from "../../src/db/transaction";
import {
  begin,
  type Delivery,
  db,
  deliveryAt,
  eventOf,
  MINUTE_MS,
  NOW,
  putDelivery,
  putDestination,
  putEvent,
  putFlight,
  rowsOf,
} from "./rows";

const KEY = 7;
const EVENT = eventOf(0);
const own = { lease: "lse_own", nextAttemptAt: NOW + MINUTE_MS };
const ended = {
  state: "filtered",
  reason: "filter",
  firstDetail: "why",
  lease: null,
  nextAttemptAt: null,
  notBefore: null,
  updatedAt: NOW,
} as const;

beforeEach(async () => {
  await begin();
  await putDestination({ key: KEY });
  await putEvent({ eventId: EVENT });
});

async function record(one: Partial<Filtered> = {}): Promise<void> {
  const found: Filtered = {
    eventId: EVENT,
    destination: KEY,
    lease: "lse_own",
    reason: "filter",
    detail: "why",
    endsDrain: false,
  };
  await transaction(db, { filtered: recordFiltered(db, [{ ...found, ...one }], NOW) });
}

it.each<
  [situation: string, before: Partial<Delivery>, found: Partial<Filtered>, after: Partial<Delivery> | "as before"]
>([
  ["its holder finds so: it ends, without an attempt", own, {}, { ...ended, attemptCount: 0 }],
  ["it was held", { ...own, notBefore: 3, unrecorded: 2 }, {}, { ...ended, notBefore: null, unrecorded: 0 }],
  ["it waits, and nobody holds it", { nextAttemptAt: null, notBefore: 0 }, { lease: null }, ended],
  ["it waited, and somebody holds it by now", own, { lease: null }, "as before"],
  ["another holds it by now", { ...own, lease: "lse_other" }, {}, "as before"],
  ["it was attempted meanwhile", { ...own, attemptCount: 1 }, {}, "as before"],
  ["it has arrived meanwhile", { ...own, state: "delivered", nextAttemptAt: null }, {}, "as before"],
  ["its event was wiped meanwhile", { ...own, reason: "event_wiped" }, {}, "as before"],
  ["it is another destination's", own, { destination: 8 }, "as before"],
])("a delivery is not asked for and %s", async (_situation, before, found, after) => {
  await putDelivery({ eventId: EVENT, destination: KEY, ...before });
  const stored = await deliveryAt(EVENT, KEY);
  await record(found);
  expect(await deliveryAt(EVENT, KEY)).toEqual(after === "as before" ? stored : { ...stored, ...after });
});

it("one on its first way gets its row", async () => {
  await putFlight({ eventId: EVENT, destinations: [KEY, 8], lease: "lse_own" });
  await record();
  expect(await rowsOf("deliveries")).toBe(1);
  expect(await deliveryAt(EVENT, KEY)).toMatchObject({ ...ended, attemptCount: 0 });
});
