import { selectAccount } from "../db/accounts";
import { type SampleRow, selectSamples } from "../db/event-samples";
import type { Unwanted, Wanted } from "../deliveries/unwanted";
import { unwantedBy, viewOf } from "../deliveries/unwanted";
import { eventTypeOf } from "../event-types/event-type";
import { parsePath } from "../json/path";
import type { EventContext } from "./event";

/** How many of an account's latest events are tried, and about how many bytes of payloads. */
export const MOST_TRIED = 50;
const MOST_BYTES = 4_000_000;

/** An event that was sent, one that could be, or the account's latest. Names of `headers` are in lower case. */
export type Sample =
  | { eventId: string }
  | { payload: string; headers: Record<string, string>; type: string | null }
  | "latest";

/** Null ids and times are of what was never sent. */
export type Tried = {
  eventId: string | null;
  receivedAt: number | null;
  type: string | null;
  unwanted: Unwanted | null;
};

/** Whether a destination that asks for this would get the events, newest first; null when there is none of that id. */
export async function tryWanted(
  context: Pick<EventContext, "db">,
  accountId: string,
  sample: Sample,
  wanted: Wanted,
): Promise<Tried[] | null> {
  const rows = await rowsOf(context, accountId, sample);
  if (rows.length === 0 && sample !== "latest") return null;
  return rows.map(({ eventId, receivedAt, ...event }) => ({
    eventId,
    receivedAt,
    type: event.eventType,
    unwanted: unwantedBy(wanted, viewOf(event)),
  }));
}

type Row = Omit<SampleRow, "eventId" | "receivedAt"> & Pick<Tried, "eventId" | "receivedAt">;

async function rowsOf({ db }: Pick<EventContext, "db">, accountId: string, sample: Sample): Promise<Row[]> {
  if (sample === "latest") return selectSamples(db, accountId, { latest: MOST_TRIED, bytes: MOST_BYTES });
  if ("eventId" in sample) return selectSamples(db, accountId, sample);
  const [account] = await selectAccount(db, accountId);
  if (!account) return [];
  const { payload, headers, type } = sample;
  const path = account.eventTypePath === null ? null : parsePath(account.eventTypePath);
  const found = eventTypeOf(headers, () => JSON.parse(payload), { header: account.eventTypeHeader, path });
  const forwardedHeaders = JSON.stringify(headers);
  return [{ eventId: null, receivedAt: null, payload, forwardedHeaders, eventType: type ?? found }];
}
