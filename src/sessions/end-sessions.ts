import { deleteEndedSessions, deleteSession, deleteSessionsOfAdmin, deleteSessionsOfKey } from "../db/sessions";
import type { Operator } from "../keys/operator";
import { hashOf, type SessionContext } from "./session";

const FORGET_CHUNK = 250;

/** Signs out: whoever kept a copy of what the browser held has nothing. */
export async function endSession(context: SessionContext, session: string): Promise<void> {
  const hash = await hashOf(context, session);
  if (hash !== null) await deleteSession(context.db, hash);
}

/** Signs out everywhere: ends every session that was opened with the operator's key. */
export async function endSessionsOf({ db }: SessionContext, { keyId }: Operator): Promise<void> {
  await (keyId === null ? deleteSessionsOfAdmin(db) : deleteSessionsOfKey(db, keyId));
}

/** Removes sessions that have ended. One statement. */
export async function forgetSessions({ db, now }: Pick<SessionContext, "db" | "now">): Promise<void> {
  await deleteEndedSessions(db, now(), FORGET_CHUNK);
}
