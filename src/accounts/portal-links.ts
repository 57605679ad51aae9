/**
 * Links that open the portal for one account, until they end or are revoked. The signed text is a query parameter, not
 * a part of the path: the platform's logs keep paths and drop queries (`redact_query_string`), and our own lines hold
 * neither. The page takes it for a cookie and redirects, so it stays in no address bar.
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
import { transaction } from "../db/transaction";
import { signPortalLink, verifyPortalToken } from "../security/portal-token";
import { newId } from "../vocabulary/ids";
import type { AccountContext } from "./account";

export type PortalLink = PortalLinkRow;

/** A new link with the signed text that opens it, which no list shows again; null when there is no such account. */
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

/** Where the portal lets in whoever has the signed text. */
export function portalPath(token: string): string {
  return `/portal/enter?link=${token}`;
}

export type PortalLinkPage = { links: PortalLink[]; nextCursor: string | null };

/** The account's links, newest first, also such as have ended; null when there is no such account. */
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

/** Opens nothing from now on, nor do the sessions that it began; false when the account has none of that id. */
export async function revokePortalLink(context: AccountContext, accountId: string, linkId: string): Promise<boolean> {
  return (await deletePortalLink(context.db, accountId, linkId)).length > 0;
}

/** The link that the text opens; null when it is not ours, has ended or was revoked. */
export async function openPortalLink(context: AccountContext, token: string): Promise<PortalLink | null> {
  const linkId = await verifyPortalToken(context.tokenKeys, token);
  return linkId === null ? null : findLive(context, linkId);
}

/** Whether a session that the link began may go on. */
export async function portalLinkIsLive(context: AccountContext, linkId: string): Promise<boolean> {
  return (await findLive(context, linkId)) !== null;
}

async function findLive(context: AccountContext, linkId: string): Promise<PortalLink | null> {
  const [link] = await selectPortalLink(context.db, linkId);
  return link && link.expiresAt > context.now() ? link : null;
}
