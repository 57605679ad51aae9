import { type EntryFilter, type EntryRow, selectEntries } from "../db/access/audit";
import type { Database } from "../db/database";
import type { AccountScope } from "../vocabulary/account-scope";

export type AuditEntry = EntryRow;
export type AuditPage = { entries: AuditEntry[]; nextCursor: string | null };

/** The entries of those accounts, and of the gateway where it is any account; newest first. */
export async function listEntries(
  context: { db: Database },
  account: AccountScope,
  filter: EntryFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<AuditPage> {
  const rows = await selectEntries(context.db, account, filter, page.cursor, page.limit + 1);
  const entries = rows.slice(0, page.limit);
  return { entries, nextCursor: rows.length > page.limit ? (entries.at(-1)?.entryId ?? null) : null };
}
