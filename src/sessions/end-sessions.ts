import { type Acting, audited } from "../audit/audit";
import { deleteEndedSessions, deleteSession, deleteSessionsOfAdmin, deleteSessionsOfKey } from "../db/access/sessions";
import { transaction } from "../db/transaction";
import { FIRST } from "../keys/identify";
import type { Operator } from "../keys/operator";
import { hashOf, type SessionContext } from "./session";

const FORGET_CHUNK = 250;

/** Signs out: whoever kept a copy of what the browser held has nothing. */
export async function endSession(
  context: SessionContext & Acting,
  session: string,
  accountId: string | null,
): Promise<void> {
  const hash = await hashOf(context, session);
  if (hash === null) return;
  await transaction(context.db, {
    ended: deleteSession(context.db, hash),
    audit: ended(context, accountId),
  });
}

/** Signs out everywhere: ends every session that was opened with the operator's key. */
export async function endSessionsOf(context: SessionContext & Acting, { id }: Operator): Promise<void> {
  const { db } = context;
  await transaction(db, {
    ended: id === FIRST.id ? deleteSessionsOfAdmin(db) : deleteSessionsOfKey(db, id),
    audit: ended(context, null),
  });
}

function ended(context: SessionContext & Acting, accountId: string | null) {
  const of = accountId === null ? null : { account: accountId };
  return audited(context, { action: "session.ended", of, target: context.actor.id });
}

/** Removes sessions that have ended. One statement. */
export async function forgetSessions({ db, now }: Pick<SessionContext, "db" | "now">): Promise<void> {
  await deleteEndedSessions(db, now(), FORGET_CHUNK);
}
