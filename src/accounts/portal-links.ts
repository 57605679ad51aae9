/**
 * Links that open the portal for one account until they expire or are revoked. The signed token is a query parameter
 * rather than part of the path: the platform's logs keep paths and drop queries (`redact_query_string`), and our own log
 * has neither. The page exchanges it for a cookie and redirects, so it does not stay in the address bar.
 */
import { selectAccount } from "../db/accounts";
import {
  deleteEndedPortalLinks,
  deletePortalLink,
  insertPortalLink,
  type PortalLinkRow,
  selectPortalLink,
  selectPortalLinks,
} from "../db/portal-links";
import { deleteSessionsOfLinks } from "../db/sessions";
import { transaction } from "../db/transaction";
import { signPortalLink, verifyPortalToken } from "../security/portal-token";
import { newId } from "../vocabulary/ids";
import type { AccountContext } from "./account";

export type PortalLink = PortalLinkRow;

/** Makes a link and the signed token that opens it, which is shown only once; null when there is no such account. */
export async function createPortalLink(
  context: AccountContext,
  accountId: string,
  expiresInSeconds: number,
): Promise<{ link: PortalLink; token: string } | null> {
  const now = context.now();
  const linkId = newId("lnk", now);
  const link = { linkId, accountId, createdAt: now, expiresAt: now + expiresInSeconds * 1000 };
  const { inserted } = await transaction(context.db, {
    ended: deleteEndedPortalLinks(context.db, accountId, now),
    inserted: insertPortalLink(context.db, link),
  });
  return inserted.length > 0 ? { link, token: await signPortalLink(context.tokenKeys, linkId) } : null;
}

/** The path at which a signed token opens the portal. */
export function portalPath(token: string): string {
  return `/portal/enter?link=${token}`;
}

export type PortalLinkPage = { links: PortalLink[]; nextCursor: string | null };

/** The account's links, newest first, expired ones included; null when there is no such account. */
export async function listPortalLinks(
  context: AccountContext,
  accountId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<PortalLinkPage | null> {
  const { accounts, rows } = await transaction(context.db, {
    accounts: selectAccount(context.db, accountId),
    rows: selectPortalLinks(context.db, accountId, page.cursor, page.limit + 1),
  });
  if (accounts.length === 0) return null;
  const shown = rows.slice(0, page.limit);
  return { links: shown, nextCursor: rows.length > page.limit ? (shown.at(-1)?.linkId ?? null) : null };
}

/** Revokes the link and every session opened with it; false when the account has no such link. */
export async function revokePortalLink(context: AccountContext, accountId: string, linkId: string): Promise<boolean> {
  const { deleted } = await transaction(context.db, {
    sessions: deleteSessionsOfLinks(context.db, accountId, linkId),
    deleted: deletePortalLink(context.db, accountId, linkId),
  });
  return deleted.length > 0;
}

/** The link that the token opens; null when the token is not ours, or the link has expired or was revoked. */
export async function openPortalLink(context: AccountContext, token: string): Promise<PortalLink | null> {
  const linkId = await verifyPortalToken(context.tokenKeys, token);
  if (linkId === null) return null;
  const [link] = await selectPortalLink(context.db, linkId);
  return link && link.expiresAt > context.now() ? link : null;
}
