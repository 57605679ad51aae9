import { buildRequest, type MaskedRequest, maskRequest } from "../attempts/request";
import { selectPayload, selectTarget } from "../db/engine/leases";
import { selectSamples } from "../db/event-samples";
import { transaction } from "../db/transaction";
import { destinationKey } from "../vocabulary/ids";
import { type DeliveryContext, requestSpecOf } from "./delivery";

/** What would be sent, or why nothing would, in a sentence. */
export type Preview = { request: MaskedRequest; reason: null } | { request: null; reason: string };

/**
 * What the destination would get of an event of its account, signed for that time, whether it asks for it or not; null
 * where there is no such event, or its payload is wiped.
 */
export async function previewRequest(
  { db, sealingKeys }: Pick<DeliveryContext, "db" | "sealingKeys">,
  { accountId, destinationId }: { accountId: string; destinationId: string },
  eventId: string,
  now: number,
): Promise<Preview | null> {
  const key = destinationKey(destinationId);
  const { own, targets, payloads } = await transaction(db, {
    own: selectSamples(db, accountId, { eventId }),
    targets: selectTarget(db, key),
    payloads: selectPayload(db, eventId),
  });
  const [target] = targets;
  const [content] = payloads;
  if (own.length === 0 || !target || !content || content.sizeBytes === 0) return null;
  const { spec, reason } = await requestSpecOf({ eventId, destination: key, target, content }, sealingKeys, now);
  if (!spec) return { request: null, reason };
  return { request: maskRequest(spec, await buildRequest(spec, Math.floor(now / 1000))), reason: null };
}
