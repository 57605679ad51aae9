import { selectAccount } from "../db/accounts";
import { type SampleRow, selectSamples } from "../db/event-samples";
import { shapeOf } from "../deliveries/delivery";
import { type Unwanted, unwantedBy, viewOf, type Wanted } from "../deliveries/unwanted";
import { eventTypeOf } from "../event-types/event-type";
import { parsePath } from "../json/path";
import type { Failure } from "../transformations/compile";
import { Meter } from "../transformations/meter";
import type { Shaped } from "../transformations/shape";
import type { HttpMethod } from "../vocabulary/http-method";
import { newId } from "../vocabulary/ids";
import type { EventContext } from "./event";

/** How many of an account's latest events are tried, and about how many bytes of payloads. */
export const MOST_TRIED = 50;
const MOST_BYTES = 4_000_000;
/** Of transformations, for all that are tried together. */
const MOST_STEPS = 1_000_000;

/** An event that was sent, one that could be, or the account's latest. Names of `headers` are in lower case. */
export type Sample =
  | { eventId: string }
  | { payload: string; headers: Record<string, string>; type: string | null }
  | "latest";

/** What is tried: what a destination asks for, and what it makes of it, as stored. */
export type TriedSettings = Wanted & {
  httpMethod: HttpMethod;
  transformation: string | null;
  templates: string | null;
};

/** Null ids and times are of what was never sent. */
export type Tried = {
  eventId: string | null;
  receivedAt: number | null;
  type: string | null;
  unwanted: Unwanted | null;
  /** Why nothing would be sent though it is wanted. */
  failure: Failure | null;
  /** Of the newest that would be sent: as it came, and as it would go out. */
  sent: { payload: string; shaped: Shaped } | null;
};

/**
 * What would become of the events at a destination with these settings, newest first; null when there is none of that id.
 * The last are left out where transformations take too much work.
 */
export async function tryWanted(
  context: Pick<EventContext, "db" | "now">,
  accountId: string,
  sample: Sample,
  settings: TriedSettings,
): Promise<Tried[] | null> {
  const rows = await rowsOf(context, accountId, sample);
  if (rows.length === 0 && sample !== "latest") return null;
  const target = { ...settings, accountId };
  const tried: Tried[] = [];
  let stepsLeft = MOST_STEPS;
  for (const { eventId, receivedAt, ...event } of rows) {
    if (stepsLeft <= 0) break;
    const meter = new Meter();
    const one = { eventId: eventId ?? newId("evt", context.now()), content: event, target };
    const unwanted = unwantedBy(settings, viewOf(event));
    const shaped = unwanted ? null : shapeOf(one, meter);
    stepsLeft -= meter.steps;
    const failure = shaped?.failed === undefined ? null : shaped;
    const isNewest = shaped?.failed === undefined && !tried.some(({ sent }) => sent);
    const sent = isNewest && shaped ? { payload: event.payload, shaped } : null;
    tried.push({ eventId, receivedAt, type: event.eventType, unwanted, failure, sent });
  }
  return tried;
}

type Row = Pick<Tried, "eventId" | "receivedAt"> &
  Pick<SampleRow, "payload" | "contentType" | "forwardedHeaders" | "eventType">;

async function rowsOf({ db }: Pick<EventContext, "db">, accountId: string, sample: Sample): Promise<Row[]> {
  if (sample === "latest") return selectSamples(db, accountId, { latest: MOST_TRIED, bytes: MOST_BYTES });
  if ("eventId" in sample) return selectSamples(db, accountId, sample);
  const [account] = await selectAccount(db, accountId);
  if (!account) return [];
  const { payload, headers, type } = sample;
  const path = account.eventTypePath === null ? null : parsePath(account.eventTypePath);
  const found = eventTypeOf(headers, () => JSON.parse(payload), { header: account.eventTypeHeader, path });
  const forwardedHeaders = JSON.stringify(headers);
  const eventType = type ?? found;
  return [{ eventId: null, receivedAt: null, payload, contentType: null, forwardedHeaders, eventType }];
}
