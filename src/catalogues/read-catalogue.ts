import { selectAccount } from "../db/accounts";
import { selectEventType, selectEventTypes, selectSeenTypes, selectTypeNames } from "../db/catalogues";
import { selectSamples } from "../db/event-samples";
import { transaction } from "../db/transaction";
import { type CatalogueContext, type KeptType, SEEN_IN_EVENTS, type SeenType } from "./catalogue";
import { EXAMPLE_BYTES_MAX } from "./type-input";

export type CataloguePage = { types: KeptType[]; nextCursor: string | null; seen: SeenType[] };

const MOST_SEEN = 100;

/** By name, and beside them what was seen lately; null when there is no such account. `cursor` is the last page's `nextCursor`. */
export async function listTypes(
  { db }: Pick<CatalogueContext, "db">,
  accountId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<CataloguePage | null> {
  const { accounts, rows, seen } = await transaction(db, {
    accounts: selectAccount(db, accountId),
    rows: selectEventTypes(db, accountId, page.cursor, page.limit + 1),
    seen: selectSeenTypes(db, accountId, SEEN_IN_EVENTS, MOST_SEEN),
  });
  if (accounts.length === 0) return null;
  const types = rows.slice(0, page.limit);
  return { types, nextCursor: rows.length > page.limit ? (types.at(-1)?.type ?? null) : null, seen };
}

/** Null when the account keeps no such type. */
export async function findType(
  { db }: Pick<CatalogueContext, "db">,
  accountId: string,
  type: string,
): Promise<KeptType | null> {
  const [row] = await selectEventType(db, accountId, type);
  return row ?? null;
}

/** The payload of the last event of the type, as an example for it; null where there is none lately, or it is too long for one. */
export async function exampleOf(
  { db }: Pick<CatalogueContext, "db">,
  accountId: string,
  eventId: string,
): Promise<string | null> {
  const [event] = await selectSamples(db, accountId, { eventId });
  if (event === undefined || new TextEncoder().encode(event.payload).length > EXAMPLE_BYTES_MAX) return null;
  return event.payload;
}

/** What a destination may subscribe to, by name. */
export function offeredTypes(
  { db }: Pick<CatalogueContext, "db">,
  accountId: string,
): Promise<Pick<KeptType, "type" | "description">[]> {
  return selectTypeNames(db, accountId).execute();
}
