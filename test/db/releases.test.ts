import { beforeEach, expect, it } from "vitest";
import { type Released, releaseDeliveries } from "../../src/db/engine/records";
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
} from "./rows";

const KEY = 7;
const EVENT = eventOf(0);
const LEASE_END = NOW + MINUTE_MS;
const own = { lease: "lse_own", nextAttemptAt: LEASE_END };
const others = { lease: "lse_other", nextAttemptAt: LEASE_END };

beforeEach(begin);

it.each<
  [situation: string, before: Partial<Delivery>, released: Partial<Released>, after: Partial<Delivery> | "as before"]
>([
  ["its holder gives it up: due when the holder says", own, {}, { state: "pending", lease: null, nextAttemptAt: NOW }],
  [
    "its holder gives it up for later",
    own,
    { dueAt: NOW + 5 },
    { state: "pending", lease: null, nextAttemptAt: NOW + 5 },
  ],
  [
    "its holder gives up one that was held",
    { ...own, notBefore: 3 },
    {},
    { lease: null, nextAttemptAt: NOW, notBefore: 3 },
  ],
  ["nothing is charged for it", { ...own, attemptCount: 2 }, {}, { attemptCount: 2, lastStatusCode: null }],
  ["another holds it by now", others, {}, "as before"],
  ["nobody holds it any more", { lease: null, nextAttemptAt: NOW - 1 }, {}, "as before"],
  ["it has ended meanwhile", { ...own, state: "delivered", nextAttemptAt: null }, {}, "as before"],
  ["it is another event's", own, { eventId: eventOf(1) }, "as before"],
  ["it is another destination's", own, { destination: 8 }, "as before"],
])("a lease is given up and %s", async (_situation, before, released, after) => {
  await putDestination({ key: KEY });
  await putEvent({ eventId: EVENT });
  await putDelivery({ eventId: EVENT, destination: KEY, ...before });
  const stored = await deliveryAt(EVENT, KEY);
  await releaseDeliveries(db, [{ eventId: EVENT, destination: KEY, lease: "lse_own", dueAt: NOW, ...released }]);
  const left = await deliveryAt(EVENT, KEY);
  if (after === "as before") expect(left).toEqual(stored);
  else expect(left).toMatchObject({ updatedAt: stored.updatedAt, ...after });
});
