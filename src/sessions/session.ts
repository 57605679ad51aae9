/**
 * A session is `dps_<random>_<mac>`, see `security/signed-text.ts`, which the browser holds; only its SHA-256 is stored,
 * with what it was opened with. It ends with that: a session of a revoked key or link is nobody's.
 */

import type { SessionTimes } from "../db/access/sessions";
import type { Database } from "../db/database";
import { sha256Hex } from "../security/sha256";
import { BASE32_26, isSigned, randomText, signText } from "../security/signed-text";

/** However it is used, and a tenant's ends with its link at the latest. */
export const LONGEST_MS = 12 * 3_600_000;
const IDLE_MS = 2 * 3_600_000;
/** `last_used_at` is written at most this often, so that most pages write nothing. */
const TOUCH_EVERY_MS = 60_000;

const PATTERN = new RegExp(`^dps_${BASE32_26}_${BASE32_26}$`);

export type SessionContext = {
  db: Database;
  /** The first signs sessions, all of them verify. */
  tokenKeys: Uint8Array[];
  /** `ADMIN_TOKEN`; null when there is none. */
  adminToken: string | null;
  now: () => number;
};

/** What the browser is to hold, until when. */
export type OpenedSession = { session: string; expiresAt: number };

export function newSession(context: SessionContext): Promise<string> {
  return signText(context.tokenKeys, `dps_${randomText()}`);
}

/** What a session is stored by; null when it cannot be one of ours, which takes no database to tell. */
export async function hashOf(context: SessionContext, session: string): Promise<string | null> {
  return PATTERN.test(session) && (await isSigned(context.tokenKeys, session)) ? sha256Hex(session) : null;
}

export function timesOf(now: number): SessionTimes {
  return { now, idleSince: now - IDLE_MS, touchedSince: now - TOUCH_EVERY_MS };
}

const ADMIN = "ADMIN_TOKEN:";

/**
 * What a session of `ADMIN_TOKEN` is opened with. The mark changes with the key and tells nothing of it: it is made with
 * a key that only the Worker has.
 */
export async function adminMark(context: SessionContext): Promise<string> {
  const text = markedText(context);
  return ADMIN + (await signText(context.tokenKeys, text)).slice(text.length + 1);
}

/** Whether it is the mark of the present `ADMIN_TOKEN`. */
export async function isAdminMark(context: SessionContext, openedWith: string): Promise<boolean> {
  if (context.adminToken === null || !openedWith.startsWith(ADMIN)) return false;
  return isSigned(context.tokenKeys, `${markedText(context)}_${openedWith.slice(ADMIN.length)}`);
}

function markedText({ adminToken }: SessionContext): string {
  return `session of ${adminToken}`;
}
