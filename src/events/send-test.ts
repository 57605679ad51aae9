import { buildRequest, type MaskedRequest, maskRequest } from "../attempts/request";
import { type Acting, audited } from "../audit/audit";
import { selectDestination } from "../db/destinations";
import { insertTestEvent } from "../db/events";
import { transaction } from "../db/transaction";
import { AttemptLog } from "../deliveries/attempt-log";
import { claimOf, leasedStatements, newLease } from "../deliveries/claim";
import { deadlineOf, TEST_EVENT } from "../deliveries/deadlines";
import { deliver } from "../deliveries/deliver";
import { requestSpecOf } from "../deliveries/delivery";
import { type DeliveryWithAttempts, findDelivery } from "../deliveries/reading/read-deliveries";
import { Subrequests } from "../deliveries/slots/subrequests";
import { log } from "../observability/log";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { deliveryId, newId } from "../vocabulary/ids";
import type { EventContext } from "./event";

/** The request as it was sent, its secrets masked, null where the destination could not be read; and what became of it. */
export type Tested = { kind: "sent"; eventId: string; request: MaskedRequest | null; delivery: DeliveryWithAttempts };

/**
 * Sends a signed test event to one destination, through the same way as any other, and waits for the answer. One attempt,
 * whoever makes it: a failure is not tried again, raises no alert and says nothing of the destination. Not of a
 * suspended account. In the transaction `test` takes the lease that the others read.
 */
export async function sendTest(
  context: EventContext & Acting,
  destinationId: string,
): Promise<Tested | { kind: "unknown" } | { kind: "account_suspended" }> {
  const { db } = context;
  const now = context.now();
  const eventId = newId("evt", now);
  const payload = JSON.stringify({
    type: "test",
    timestamp: new Date(now).toISOString(),
    data: { destination_id: destinationId },
  });
  const lease = newLease(TEST_EVENT, now);
  const { held, destinations } = await transaction(db, {
    test: insertTestEvent(db, { eventId, destinationId, payload, lease, now }),
    audit: audited(context, {
      action: "destination.tested",
      of: { destination: destinationId },
      target: destinationId,
      after: { event_id: eventId },
    }),
    held: leasedStatements(db, { lease, flights: [eventId] }),
    destinations: selectDestination(db, ANY_ACCOUNT, destinationId),
  });
  const [leased] = claimOf(held).leased;
  if (!leased) return { kind: destinations.length === 0 ? "unknown" : "account_suspended" };
  const attempts = new AttemptLog();
  const deadline = deadlineOf(TEST_EVENT, context.now());
  await deliver(context, [leased], deadline, new Subrequests(context.mostSubrequests), attempts);
  log("destination.tested", { request_id: context.requestId, event_id: eventId, ...attempts.fields });
  const delivery = await findDelivery(context, leased.target.accountId, deliveryId(eventId, leased.destination));
  if (!delivery) throw new Error("a test event was removed while it was sent");
  const sentAt = delivery.attempts[0]?.startedAt ?? now;
  const { spec } = await requestSpecOf(leased, context.sealingKeys, sentAt);
  const request = spec ? maskRequest(spec, await buildRequest(spec, Math.floor(sentAt / 1000))) : null;
  return { kind: "sent", eventId, request, delivery };
}
