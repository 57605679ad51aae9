import { prepare } from "../attempts/attempt";
import { type MaskedRequest, maskRequest } from "../attempts/request";
import { selectTarget } from "../db/engine/leases";
import { selectSamples } from "../db/event-samples";
import { transaction } from "../db/transaction";
import { destinationKey } from "../vocabulary/ids";
import { type DeliveryContext, requestSpecOf } from "./delivery";
import { type Unwanted, unwantedBy, viewOf } from "./unwanted";

/** An event beside what a destination would get of it. */
export type Preview = {
  event: { eventId: string; receivedAt: number; eventType: string | null; payload: string };
  /** Why the destination does not ask for it; null when it does. */
  unwanted: Unwanted | null;
  /** Null where nothing could be sent; `reason` says why, in a sentence. */
  request: MaskedRequest | null;
  reason: string | null;
};

/**
 * What the destination would get of an event of its account, signed for that time, whether it asks for it or not; null
 * where there is no such event, or its payload is wiped.
 */
export async function previewRequest(
  { db, sealingKeys, outbound }: Pick<DeliveryContext, "db" | "sealingKeys" | "outbound">,
  { accountId, destinationId }: { accountId: string; destinationId: string },
  eventId: string,
  now: number,
): Promise<Preview | null> {
  const key = destinationKey(destinationId);
  const { events, targets } = await transaction(db, {
    events: selectSamples(db, accountId, { eventId }),
    targets: selectTarget(db, key),
  });
  const [event] = events;
  const [target] = targets;
  if (!event || !target) return null;
  const shown = { event, unwanted: unwantedBy(target, viewOf(event)) };
  const { spec, reason } = await requestSpecOf({ eventId, destination: key, target, content: event }, sealingKeys, now);
  if (!spec) return { ...shown, request: null, reason };
  const prepared = await prepare(spec, now, outbound);
  return prepared.ok
    ? { ...shown, request: maskRequest(spec, prepared.built), reason: null }
    : { ...shown, request: null, reason: prepared.message };
}
