/** Statements on sessions of the pages. Unexecuted; a verb runs them in ONE batch. */
import { and, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { idOf } from "../accounts";
import { all, type Database, run } from "../database";
import { portalLinks, sessions } from "../schema";

/** A session unused since `idleSince` has ended; its use is noted again when it was last noted before `touchedSince`. */
export type SessionTimes = { now: number; idleSince: number; touchedSince: number };

export function insertSession(db: Database, session: typeof sessions.$inferInsert) {
  return db.insert(sessions).values(session);
}

/** Ends with its link at the latest. Nothing comes back when the link has ended, is used up or is not there. */
export function insertSessionOfLink(
  db: Database,
  session: { sessionHash: string; linkId: string; now: number; expiresAt: number },
) {
  return all<{ expiresAt: number }>(
    db,
    sql`
    INSERT INTO sessions (session_hash, opened_with, created_at, last_used_at, expires_at)
    SELECT ${session.sessionHash}, link_id, ${session.now}, ${session.now}, min(expires_at, ${session.expiresAt})
    FROM portal_links WHERE link_id = ${session.linkId} AND expires_at > ${session.now}
      AND (single_use = 0 OR last_used_at IS NULL)
    RETURNING expires_at AS expiresAt`,
  );
}

/** Notes that the session is in use, unless that was noted lately. One that has ended stays so. */
export function touchSession(db: Database, hash: string, times: SessionTimes) {
  return db
    .update(sessions)
    .set({ lastUsedAt: times.now })
    .where(and(live(hash, times), lt(sessions.lastUsedAt, times.touchedSince)));
}

export function selectSession(db: Database, hash: string, times: SessionTimes) {
  return db.select({ openedWith: sessions.openedWith }).from(sessions).where(live(hash, times));
}

/** What the session was opened with, inside a statement; NULL when it has ended. */
export function openedWith(hash: string, times: SessionTimes): SQL<string> {
  return sql`(SELECT opened_with FROM sessions WHERE ${live(hash, times)})`;
}

export function deleteSession(db: Database, hash: string) {
  return db.delete(sessions).where(eq(sessions.sessionHash, hash));
}

export function deleteSessionsOfKey(db: Database, keyId: string) {
  return db.delete(sessions).where(eq(sessions.openedWith, keyId));
}

/** Those of `ADMIN_TOKEN`, whatever it was when they were opened. */
export function deleteSessionsOfAdmin(db: Database) {
  return db
    .delete(sessions)
    .where(and(gte(sessions.openedWith, "ADMIN_TOKEN:"), lt(sessions.openedWith, "ADMIN_TOKEN;")));
}

/** Those of that link of the account, or of all its links. To be run before the links go. */
export function deleteSessionsOfLinks(db: Database, accountId: string, linkId?: string) {
  const ofAccount = eq(portalLinks.account, idOf(accountId));
  const links = db
    .select({ linkId: portalLinks.linkId })
    .from(portalLinks)
    .where(linkId === undefined ? ofAccount : and(ofAccount, eq(portalLinks.linkId, linkId)));
  return db.delete(sessions).where(inArray(sessions.openedWith, links));
}

/** Those left idle have to wait for the end that they were given. */
export function deleteEndedSessions(db: Database, now: number, chunk: number) {
  return run(
    db,
    sql`
    DELETE FROM sessions WHERE session_hash IN (
      SELECT session_hash FROM sessions WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${chunk})`,
  );
}

function live(hash: string, { now, idleSince }: SessionTimes) {
  return and(eq(sessions.sessionHash, hash), gt(sessions.expiresAt, now), gt(sessions.lastUsedAt, idleSince));
}
