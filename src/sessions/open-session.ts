import { touchPortalLink } from "../db/portal-links";
import { deleteSession, insertSession, insertSessionOfLink, openedWith } from "../db/sessions";
import { transaction } from "../db/transaction";
import type { Operator } from "../keys/operator";
import { verifyPortalToken } from "../security/portal-token";
import { sha256Hex } from "../security/sha256";
import { adminMark, hashOf, LONGEST_MS, newSession, type OpenedSession, type SessionContext, timesOf } from "./session";

/**
 * Opens a session of that operator, in place of the one that the browser had, so that none that was planted there is
 * ever signed in.
 *
 * @param replaced what the browser held; empty when nothing
 */
export async function openOperatorSession(
  context: SessionContext,
  operator: Operator,
  replaced: string,
): Promise<OpenedSession> {
  const session = await newSession(context);
  const old = await hashOf(context, replaced);
  const now = context.now();
  const expiresAt = now + LONGEST_MS;
  await transaction(context.db, {
    replaced: old === null ? null : deleteSession(context.db, old),
    opened: insertSession(context.db, {
      sessionHash: await sha256Hex(session),
      openedWith: operator.keyId ?? (await adminMark(context)),
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    }),
  });
  return { session, expiresAt };
}

/**
 * Opens a session of the tenant whose link this token opens, in place of the one that the browser had. Of two that use
 * up a link at once, one is let in.
 *
 * @returns null when the token is not ours, or the link has ended, was revoked or is used up
 */
export async function openTenantSession(
  context: SessionContext,
  token: string,
  replaced: string,
): Promise<OpenedSession | null> {
  const linkId = await verifyPortalToken(context.tokenKeys, token);
  if (linkId === null) return null;
  const session = await newSession(context);
  const old = await hashOf(context, replaced);
  const sessionHash = await sha256Hex(session);
  const now = context.now();
  const { opened } = await transaction(context.db, {
    opened: insertSessionOfLink(context.db, { sessionHash, linkId, now, expiresAt: now + LONGEST_MS }),
    used: touchPortalLink(context.db, openedWith(sessionHash, timesOf(now)), now, now),
    replaced: old === null ? null : deleteSession(context.db, old),
  });
  return opened[0] ? { session, expiresAt: opened[0].expiresAt } : null;
}
