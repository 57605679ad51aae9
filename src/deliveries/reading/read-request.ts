import { buildRequest, type MaskedRequest, maskRequest } from "../../attempts/request";
import { selectPayload, selectTarget } from "../../db/engine/leases";
import { transaction } from "../../db/transaction";
import { parseDeliveryId } from "../../vocabulary/ids";
import { type DeliveryContext, requestSpecOf } from "../delivery";
import type { Delivery } from "./read-deliveries";

/**
 * A delivery's request, whether its body is the payload as it was received, and since when its destination has the
 * settings that make it so. Null where nothing can be made of the event with them; `reason` says why, in a sentence.
 */
export type ReadRequest = { settingsSince: number } & (
  | { request: MaskedRequest; asReceived: boolean; reason?: never }
  | { request: null; reason: string }
);

/** The request of a delivery as its destination stands now, signed for that time; null when that was removed, or the event wiped. */
export async function readRequest(
  context: Pick<DeliveryContext, "db" | "sealingKeys">,
  { deliveryId }: Delivery,
  sentAt: number,
): Promise<ReadRequest | null> {
  const key = parseDeliveryId(deliveryId);
  if (!key) return null;
  const { targets, payloads } = await transaction(context.db, {
    targets: selectTarget(context.db, key.destinationKey),
    payloads: selectPayload(context.db, key.eventId),
  });
  const [target] = targets;
  const [event] = payloads;
  if (!target || !event || event.sizeBytes === 0) return null;
  const settingsSince = target.updatedAt;
  const delivery = { eventId: key.eventId, destination: target.key, target, content: event };
  const { spec, reason } = await requestSpecOf(delivery, context.sealingKeys, sentAt);
  if (!spec) return { settingsSince, request: null, reason };
  const built = await buildRequest(spec, Math.floor(sentAt / 1000));
  return { settingsSince, request: maskRequest(spec, built), asReceived: spec.payload === event.payload };
}
