/**
 * Links that open the portal for one account until they expire or are revoked. The signed token is a query parameter
 * rather than part of the path: the platform's logs keep paths and drop queries (`redact_query_string`), and our own log
 * has neither. The page behind it opens nothing by itself, so that a preview or a mail scanner that fetches it uses
 * nothing up; its button posts the token, see `sessions/open-session`.
 */
import { type Acting, audited, auditTime } from "../audit/audit";
import {
  deleteEndedPortalLinks,
  deletePortalLink,
  insertPortalLink,
  type PortalLinkRow,
  selectPortalLink,
  selectPortalLinks,
} from "../db/access/portal-links";
import { deleteSessionsOfLinks } from "../db/access/sessions";
import { selectAccount } from "../db/accounts";
import { transaction } from "../db/transaction";
import { signPortalLink, verifyPortalToken } from "../security/portal-token";
import { signerOf } from "../security/signed-text";
import { newId } from "../vocabulary/ids";
import type { AccountContext } from "./account";
import type { PortalLinkInput } from "./portal-link-input";

export type PortalLink = PortalLinkRow;

/** Makes a link and the signed token that opens it, which is shown only once; null when there is no such account. */
export async function createPortalLink(
  context: AccountContext & Acting,
  accountId: string,
  { expiresInSeconds, ...input }: PortalLinkInput,
): Promise<{ link: PortalLink; token: string } | null> {
  const now = context.now();
  const linkId = newId("lnk", now);
  const expiresAt = now + expiresInSeconds * 1000;
  const link: PortalLink = { linkId, accountId, createdAt: now, expiresAt, lastUsedAt: null, ...input };
  const { inserted } = await transaction(context.db, {
    ended: deleteEndedPortalLinks(context.db, accountId, now),
    inserted: insertPortalLink(context.db, link, await signerOf(context.tokenKeys)),
    audit: audited(context, {
      action: "portal_link.created",
      of: { account: accountId },
      target: linkId,
      after: {
        name: link.name,
        role: link.role,
        single_use: link.singleUse,
        expires_at: auditTime(link.expiresAt),
      },
    }),
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
export async function revokePortalLink(
  context: AccountContext & Acting,
  accountId: string,
  linkId: string,
): Promise<boolean> {
  const { deleted } = await transaction(context.db, {
    sessions: deleteSessionsOfLinks(context.db, accountId, linkId),
    deleted: deletePortalLink(context.db, accountId, linkId),
    audit: audited(context, { action: "portal_link.revoked", of: { account: accountId }, target: linkId }),
  });
  return deleted.length > 0;
}

/** Whether the link lets nobody in any more: it has expired, or was for one use and had it. */
export function hasEnded(link: PortalLink, now: number): boolean {
  return link.expiresAt <= now || (link.singleUse && link.lastUsedAt !== null);
}

/** The link that the token would open; null when the token is not ours, or the link has ended or was revoked. */
export async function readPortalLink(
  context: AccountContext,
  token: string,
): Promise<(PortalLink & { accountName: string }) | null> {
  const linkId = await verifyPortalToken(context.tokenKeys, token);
  if (linkId === null) return null;
  const [link] = await selectPortalLink(context.db, linkId);
  return link && !hasEnded(link, context.now()) ? link : null;
}
