import { selectKey, touchKey } from "../db/access/keys";
import { type PortalLinkRow, selectPortalLink, touchPortalLink } from "../db/access/portal-links";
import { openedWith, selectSession, touchSession } from "../db/access/sessions";
import { transaction } from "../db/transaction";
import { FIRST } from "../keys/identify";
import type { Operator } from "../keys/operator";
import { hashOf, isAdminMark, type SessionContext, timesOf } from "./session";

/** The operator whose session this is, with the key's present role; null when it is none, or has ended. One round trip. */
export async function operatorOfSession(context: SessionContext, session: string): Promise<Operator | null> {
  const hash = await hashOf(context, session);
  if (hash === null) return null;
  const { db } = context;
  const times = timesOf(context.now());
  const keyId = openedWith(hash, times);
  const { sessions, keys } = await transaction(db, {
    touched: touchSession(db, hash, times),
    keyTouched: touchKey(db, { keyId }, times.touchedSince, times.now),
    sessions: selectSession(db, hash, times),
    keys: selectKey(db, keyId, times.now),
  });
  const [found] = sessions;
  if (found === undefined) return null;
  return (await isAdminMark(context, found.openedWith)) ? FIRST : (keys[0] ?? null);
}

/** The link by which the tenant of this session came; null when it is none, or has ended. One round trip. */
export async function tenantOfSession(context: SessionContext, session: string): Promise<PortalLinkRow | null> {
  const hash = await hashOf(context, session);
  if (hash === null) return null;
  const { db } = context;
  const times = timesOf(context.now());
  const linkId = openedWith(hash, times);
  const { links } = await transaction(db, {
    touched: touchSession(db, hash, times),
    linkTouched: touchPortalLink(db, linkId, times.touchedSince, times.now),
    links: selectPortalLink(db, linkId),
  });
  const [link] = links;
  return link && link.expiresAt > times.now ? link : null;
}
