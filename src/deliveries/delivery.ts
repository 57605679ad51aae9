import * as z from "zod/v4";
import type { Attempt, RequestSpec } from "../attempts/attempt";
import { schemeOf } from "../attempts/signature";
import type { Database } from "../db/database";
import type { CircuitRow } from "../db/engine/circuits";
import type { Filtered } from "../db/engine/filtered";
import type { RecordedRow, Released, Transition } from "../db/engine/records";
import type { GroupCommit } from "../db/group-commit";
import { DEFAULT_SCHEMES } from "../destinations/destination";
import { openAll } from "../destinations/sealed";
import { LruCache } from "../security/lru-cache";
import type { OutboundRules } from "../security/outbound-guard";
import type { Failure } from "../transformations/compile";
import type { Meter } from "../transformations/meter";
import { type Shaped, sentenceOf, shape } from "../transformations/shape";
import { TemplatesShape } from "../transformations/transformation-input";
import { deliveryId, timeOfId } from "../vocabulary/ids";
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
  filtered: Filtered[];
  /** It may have been written before, and its answer lost; or it is what a record has left. */
  again?: boolean;
};

/**
 * How deliveries that may be due again, and destinations whose health changed, stand after a record, and whether there is
 * an alert to raise.
 */
export type Recorded = { deliveries: RecordedRow[]; destinations: CircuitRow[]; alertsBegun: boolean };
/** The same of one transaction; `left` turned out not to be as simple as it seemed, and is yet to be recorded, in full. */
export type RecordedAtOnce = Recorded & { left: Ended[] };

export type DeliveryContext = {
  db: Database;
  sealingKeys: Uint8Array[];
  outbound: OutboundRules;
  /** Null where no queue is bound: then the sweep alone carries the retries. */
  queue: WakeUpQueue | null;
  records: GroupCommit<DispatchRecord, RecordedAtOnce>;
  inFlight: InFlight;
  /** How many requests the plan allows an invocation, see `Subrequests`. */
  mostSubrequests: number;
  changes: Changes;
  alerts: AlertRoutes;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
};

/** In characters of the texts of which an isolate keeps what they mean. */
const MOST_KEPT = 300_000;

const schemesOf = parserOf(z.array(z.enum(SIGNATURE_SCHEMES)));
const namesOf = parserOf(z.array(z.string()));
const templatesOf = parserOf(TemplatesShape);
const forwardedOf = parserOf(z.record(z.string(), z.string()));

/**
 * The one request that this delivery is, its URL, headers and secrets opened; or why there is none, in a sentence: they
 * do not open, or what the destination makes of the event fails.
 */
export async function requestSpecOf(
  leased: Pick<LeasedDelivery, "eventId" | "destination" | "target" | "content">,
  sealingKeys: Uint8Array[],
  now: number,
): Promise<{ spec: RequestSpec; reason?: never } | { spec?: never; reason: string }> {
  const { target, content } = leased;
  const schemes = target.signatureSchemes === null ? DEFAULT_SCHEMES : schemesOf(target.signatureSchemes);
  const publicHeaders = target.publicHeaders === null ? [] : namesOf(target.publicHeaders);
  const { url, headers, secrets, unreadable } = await openAll(sealingKeys, target, publicHeaders, now);
  if (unreadable !== null) return { reason: unreadable.reason };
  const shaped = shapeOf(leased);
  if (shaped.failed !== undefined) return { reason: sentenceOf(shaped) };
  const spec = {
    deliveryId: deliveryId(leased.eventId, leased.destination),
    url: url.reveal(),
    method: target.httpMethod,
    headers: headers.reveal(),
    publicHeaders,
    forwarded: headersOf(content),
    hops: content.hops,
    contentType: shaped.contentType,
    payload: shaped.payload,
    filled: shaped.filled,
    secrets: secrets.map(({ secret }) => secret).filter((secret) => schemes.includes(schemeOf(secret))),
    timeoutMs: target.timeoutMs,
  };
  return { spec };
}

/** What of an event its shape is made of. */
type ShapedFrom = {
  eventId: string;
  content: Pick<LeasedDelivery["content"], "payload" | "contentType" | "forwardedHeaders" | "eventType">;
  target: Pick<LeasedDelivery["target"], "accountId" | "httpMethod" | "transformation" | "templates">;
};

/**
 * The event as the destination wants it, or why that cannot be made.
 *
 * @param meter of this run alone, see `shape`
 */
export function shapeOf({ eventId, target, content }: ShapedFrom, meter?: Meter): Shaped | Failure {
  const { payload, contentType, eventType } = content;
  const { transformation, templates } = target;
  if (transformation === null && templates === null) return { payload, contentType, filled: null };
  const facts = {
    id: eventId,
    account_id: target.accountId,
    received_at: new Date(timeOfId(eventId)).toISOString(),
    ...(eventType !== null && { type: eventType }),
  };
  const shaping = { transformation, templates: templates === null ? null : templatesOf(templates) };
  return shape(shaping, { payload, contentType, facts, headers: headersOf(content) }, target.httpMethod, meter);
}

/** Those that were kept of the event. */
function headersOf({ forwardedHeaders }: Pick<LeasedDelivery["content"], "forwardedHeaders">): Record<string, string> {
  return forwardedHeaders === null ? {} : forwardedOf(forwardedHeaders);
}

/** Parses JSON by the schema, each text once. */
function parserOf<Value>(schema: z.ZodType<Value>): (text: string) => Value {
  const kept = new LruCache<Value>(MOST_KEPT);
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const value = schema.parse(JSON.parse(text));
    kept.set(text, value, text.length);
    return value;
  };
}
