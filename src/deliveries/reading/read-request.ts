import { buildRequest, type MaskedRequest, maskRequest } from "../../attempts/request";
import { selectPayload, selectTarget } from "../../db/engine/leases";
import { transaction } from "../../db/transaction";
import { parseDeliveryId } from "../../vocabulary/ids";
import { type DeliveryContext, requestSpecOf } from "../delivery";
import type { Delivery } from "./read-deliveries";

/** A delivery's request, and since when its destination has the settings that make it so. */
export type ReadRequest = { request: MaskedRequest; settingsSince: number };

/**
 * The request of a delivery as its destination stands now, signed for that time; null when its
 * destination was removed or does not open, or the event wiped.
 */
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
  const delivery = { eventId: key.eventId, destination: target.key, target, content: event };
  const { spec } = await requestSpecOf(delivery, context.sealingKeys, sentAt);
  if (!spec) return null;
  const built = await buildRequest(spec, Math.floor(sentAt / 1000));
  return { request: maskRequest(spec, built), settingsSince: target.updatedAt };
}
