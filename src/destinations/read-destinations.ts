import { selectAccount } from "../db/accounts";
import { selectDestination, selectDestinations } from "../db/destinations";
import { transaction } from "../db/transaction";
import { type AccountScope, ANY_ACCOUNT } from "../vocabulary/account-scope";
import { DEFAULT_SCHEMES, type Destination, type DestinationContext, destinationOf, publicKeyOf } from "./destination";

export async function findDestination(
  context: DestinationContext,
  account: AccountScope,
  destinationId: string,
): Promise<Destination | null> {
  const [row] = await selectDestination(context.db, account, destinationId);
  return row ? destinationOf(context.sealingKeys, row) : null;
}

/** What verifies its `v1a` signatures; null where it is not signed like that, and where there is none of that id. */
export async function findPublicKey(
  context: Pick<DestinationContext, "db">,
  destinationId: string,
): Promise<string | null> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  return row ? publicKeyOf({ ...row, signatureSchemes: row.signatureSchemes ?? DEFAULT_SCHEMES }) : null;
}

export type DestinationPage = { destinations: Destination[]; nextCursor: string | null };
type Page = { cursor?: string | undefined; limit: number };

/** The account's destinations, newest first; null when there is no such account. */
export async function listDestinations(
  context: DestinationContext,
  accountId: string,
  page: Page,
): Promise<DestinationPage | null> {
  const { accounts, rows } = await transaction(context.db, {
    accounts: selectAccount(context.db, accountId),
    rows: selectDestinations(context.db, accountId, page.cursor, page.limit + 1),
  });
  return accounts.length > 0 ? pageOf(context, rows, page.limit) : null;
}

/** The destinations of all accounts in scope, newest first. */
export async function listDestinationsInScope(
  context: DestinationContext,
  account: AccountScope,
  page: Page,
): Promise<DestinationPage> {
  const rows = await selectDestinations(context.db, account, page.cursor, page.limit + 1);
  return pageOf(context, rows, page.limit);
}

type Rows = Awaited<ReturnType<typeof selectDestinations>>;

async function pageOf(context: DestinationContext, rows: Rows, limit: number): Promise<DestinationPage> {
  const shown = rows.slice(0, limit);
  return {
    destinations: await Promise.all(shown.map((row) => destinationOf(context.sealingKeys, row))),
    nextCursor: rows.length > limit ? (shown.at(-1)?.destinationId ?? null) : null,
  };
}
