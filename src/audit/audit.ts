import { type EntryOwner, insertEntry } from "../db/access/audit";
import type { Database } from "../db/database";
import type { Actor } from "../vocabulary/actor";
import { newId } from "../vocabulary/ids";
import type { AuditAction } from "./actions";

/** Who acts, which a verb that changes anything asks for; `requestId` is in the log and in the answer as well. */
export type Acting = { actor: Actor; requestId: string };

export type Change = {
  action: AuditAction;
  /** Whose it is; null where it is about the gateway. */
  of: EntryOwner;
  /** The id of what was changed. */
  target: string;
  /** What differs, as it may be shown; see `difference`. */
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
};

/**
 * The entry of the change that the statement right before it makes, in the same transaction: none where that statement
 * changed nothing.
 */
export function audited(context: Acting & { db: Database; now: () => number }, change: Change) {
  const at = context.now();
  const { before = null, after = null, ...rest } = change;
  const { actor, requestId } = context;
  return insertEntry(context.db, { entryId: newId("aud", at), at, actor, requestId, before, after, ...rest });
}

/** A time in an entry, as the API writes times: RFC 3339 in UTC. */
export function auditTime(ms: number): string {
  return new Date(ms).toISOString();
}

type Fields = Record<string, unknown>;

/**
 * Two states of a record, cut down to the fields in which they differ.
 *
 * @param shownBefore, shownAfter the same fields as an entry may hold them, where their values are secret
 */
export function difference(
  before: Fields,
  after: Fields,
  shownBefore = before,
  shownAfter = after,
): { before: Fields; after: Fields } {
  const differs = ([name]: [string, unknown]) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  const cut = (shown: Fields) => Object.fromEntries(Object.entries(shown).filter(differs));
  return { before: cut(shownBefore), after: cut(shownAfter) };
}
