import * as z from "zod/v4";
import type { Attempt, RequestSpec } from "../attempts/attempt";
import { schemeOf } from "../attempts/signature";
import type { Database } from "../db/database";
import type { CircuitRow } from "../db/engine/circuits";
import type { RecordedRow, Released, Transition } from "../db/engine/records";
import type { GroupCommit } from "../db/group-commit";
import { DEFAULT_SCHEMES, openHeaders, openSecrets } from "../destinations/destination";
import type { OutboundRules } from "../security/outbound-guard";
import { deliveryId } from "../vocabulary/ids";
import { SIGNATURE_SCHEMES } from "../vocabulary/signature-scheme";
import type { AlertRoutes } from "./alerts/alert";
import type { LeasedDelivery } from "./leased-delivery";
import type { InFlight } from "./slots/in-flight";
import type { Changes } from "./slots/still-sendable";
import type { WakeUpQueue } from "./wake-ups";

/** An attempt that has ended, and where it moves its delivery. */
export type Ended = { leased: LeasedDelivery; attempt: Attempt; transition: Transition };

/** What one dispatch has to record, attempts in the order in which they ended. */
export type DispatchRecord = {
  ended: Ended[];
  released: Released[];
  /** It may have been written before, and its answer lost. */
  again?: boolean;
};

/** How deliveries, and destinations whose health changed, stand after a record, and whether there is an alert to raise. */
export type Recorded = { deliveries: RecordedRow[]; destinations: CircuitRow[]; alertsBegun: boolean };

export type DeliveryContext = {
  db: Database;
  sealingKeys: Uint8Array[];
  outbound: OutboundRules;
  /** Null where no queue is bound: then the sweep alone carries the retries. */
  queue: WakeUpQueue | null;
  records: GroupCommit<DispatchRecord, Recorded>;
  inFlight: InFlight;
  /** How many requests the plan allows an invocation, see `Subrequests`. */
  mostSubrequests: number;
  changes: Changes;
  alerts: AlertRoutes;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
};

const SchemesSchema = z.array(z.enum(SIGNATURE_SCHEMES));
const ForwardedSchema = z.record(z.string(), z.string());

/** The one request that this delivery is, its headers and secrets opened. */
export async function requestSpecOf(
  leased: LeasedDelivery,
  sealingKeys: Uint8Array[],
  now: number,
): Promise<RequestSpec> {
  const { target, content } = leased;
  const secrets = await openSecrets(sealingKeys, target, now);
  const schemes =
    target.signatureSchemes === null ? DEFAULT_SCHEMES : SchemesSchema.parse(JSON.parse(target.signatureSchemes));
  return {
    deliveryId: deliveryId(leased.eventId, leased.destination),
    url: target.url,
    method: target.httpMethod,
    headers: (await openHeaders(sealingKeys, target)).reveal(),
    forwarded: content.forwardedHeaders === null ? {} : ForwardedSchema.parse(JSON.parse(content.forwardedHeaders)),
    hops: content.hops,
    contentType: content.contentType,
    payload: content.payload,
    secrets: secrets.map(({ secret }) => secret).filter((secret) => schemes.includes(schemeOf(secret))),
    timeoutMs: target.timeoutMs,
  };
}
