import { type Acting, audited } from "../audit/audit";
import { touchPortalLink } from "../db/access/portal-links";
import { deleteSession, insertSession, insertSessionOfLink, openedWith } from "../db/access/sessions";
import { transaction } from "../db/transaction";
import { FIRST } from "../keys/identify";
import type { Operator } from "../keys/operator";
import { sha256Hex } from "../security/sha256";
import { adminMark, hashOf, LONGEST_MS, newSession, type OpenedSession, type SessionContext, timesOf } from "./session";

/**
 * Opens a session of that operator, in place of the one that the browser had, so that none that was planted there is
 * ever signed in.
 *
 * @param replaced what the browser held; empty when nothing
 */
export async function openOperatorSession(
  context: SessionContext & Acting,
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
      openedWith: operator.id === FIRST.id ? await adminMark(context) : operator.id,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    }),
    audit: audited(context, { action: "session.begun", of: null, target: operator.id }),
  });
  return { session, expiresAt };
}

/**
 * Opens a session of the tenant whose link this is, in place of the one that the browser had. Of two that use
 * up a link at once, one is let in.
 *
 * @returns null when the link has ended, was revoked or is used up
 */
export async function openTenantSession(
  context: SessionContext & Acting,
  linkId: string,
  replaced: string,
): Promise<OpenedSession | null> {
  const session = await newSession(context);
  const old = await hashOf(context, replaced);
  const sessionHash = await sha256Hex(session);
  const now = context.now();
  const { opened } = await transaction(context.db, {
    opened: insertSessionOfLink(context.db, { sessionHash, linkId, now, expiresAt: now + LONGEST_MS }),
    audit: audited(context, { action: "session.begun", of: { link: linkId }, target: linkId }),
    used: touchPortalLink(context.db, openedWith(sessionHash, timesOf(now)), now, now),
    replaced: old === null ? null : deleteSession(context.db, old),
  });
  return opened[0] ? { session, expiresAt: opened[0].expiresAt } : null;
}
