/** Statements on portal links. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { firstIdAt } from "../../vocabulary/ids";
import type { PortalRole } from "../../vocabulary/roles";
import { idOf } from "../accounts";
import { all, type Database, run } from "../database";
import { accounts, portalLinks } from "../schema";

export type PortalLinkRow = {
  linkId: string;
  accountId: string;
  createdAt: number;
  expiresAt: number;
  name: string;
  role: PortalRole;
  lastUsedAt: number | null;
  singleUse: boolean;
};

/** Nothing comes back when there is no such account. */
export function insertPortalLink(db: Database, link: PortalLinkRow, signedBy: string) {
  return all<{ linkId: string }>(
    db,
    sql`
    INSERT INTO portal_links (link_id, account, created_at, expires_at, name, role, single_use, signed_by)
    SELECT ${link.linkId}, id, ${link.createdAt}, ${link.expiresAt}, ${link.name}, ${link.role}, ${link.singleUse ? 1 : 0},
           ${signedBy}
    FROM accounts WHERE account_id = ${link.accountId}
    RETURNING link_id AS linkId`,
  );
}

/** Links of the account that have ended are of no more use. */
export function deleteEndedPortalLinks(db: Database, accountId: string, now: number) {
  return db.delete(portalLinks).where(and(eq(portalLinks.account, idOf(accountId)), lt(portalLinks.expiresAt, now)));
}

/** Ended links of any account made before that time. By their ids: only those that live long are passed over. */
export function deleteOldPortalLinks(db: Database, before: number, now: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM portal_links WHERE link_id IN (
      SELECT link_id FROM portal_links WHERE link_id < ${firstIdAt("lnk", before)} AND expires_at <= ${now}
      ORDER BY link_id LIMIT ${chunk})`,
  );
}

/** Newest first, with ids below `before`. */
export function selectPortalLinks(db: Database, accountId: string, before: string | undefined, limit: number) {
  return selection(db)
    .where(
      and(eq(portalLinks.account, idOf(accountId)), before === undefined ? undefined : lt(portalLinks.linkId, before)),
    )
    .orderBy(desc(portalLinks.linkId))
    .limit(limit);
}

export function selectPortalLink(db: Database, linkId: string | SQL<string>) {
  return selection(db).where(and(eq(portalLinks.linkId, linkId), isNotNull(accounts.accountId)));
}

/** Notes that the link is in use, unless that was noted after `since`. */
export function touchPortalLink(db: Database, linkId: SQL<string>, since: number, now: number) {
  return db
    .update(portalLinks)
    .set({ lastUsedAt: now })
    .where(and(eq(portalLinks.linkId, linkId), or(isNull(portalLinks.lastUsedAt), lt(portalLinks.lastUsedAt, since))));
}

export function deletePortalLink(db: Database, accountId: string, linkId: string) {
  return db
    .delete(portalLinks)
    .where(and(eq(portalLinks.linkId, linkId), eq(portalLinks.account, idOf(accountId))))
    .returning({ linkId: portalLinks.linkId });
}

function selection(db: Database) {
  return db
    .select({
      linkId: portalLinks.linkId,
      accountId: sql<string>`${accounts.accountId}`.as("account_id"),
      createdAt: portalLinks.createdAt,
      expiresAt: portalLinks.expiresAt,
      name: portalLinks.name,
      role: portalLinks.role,
      lastUsedAt: portalLinks.lastUsedAt,
      singleUse: portalLinks.singleUse,
      accountName: accounts.accountName,
    })
    .from(portalLinks)
    .innerJoin(accounts, eq(accounts.id, portalLinks.account))
    .$dynamic();
}
