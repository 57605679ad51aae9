/** Statements on accounts' tokens. Unexecuted; a verb runs them in ONE batch. */
import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { idOf } from "../accounts";
import type { Database } from "../database";
import { accounts, tokens } from "../schema";

export type NewTokenRow = { tokenId: string; tokenHash: string; lastFour: string; signedBy: string };

/** A live token as people know it: `expiresAt` is null until it is rotated, `lastFour` for one from before it was kept. */
export type TokenRow = { tokenId: string; lastFour: string | null; createdAt: number; expiresAt: number | null };

/** Tokens from before ids were kept are named by their hash. */
const TOKEN_ID = sql<string>`coalesce(${tokens.tokenId}, 'tok_' || upper(substr(${tokens.tokenHash}, 1, 26)))`;

/** What a rotation does to the other tokens, for all its statements to agree whether there is room for one more. */
export type Rotation = { now: number; oldTokensEndAt: number; mostTokens: number };

/** A token of the account, which may have been inserted just before in the same batch. */
export function insertToken(db: Database, accountId: string, token: NewTokenRow, now: number) {
  return insertion(db, accountId, token, now, sql`true`);
}

/** The same, unless the account then had more live tokens than a rotation allows. */
export function insertTokenIfRoom(db: Database, accountId: string, token: NewTokenRow, rotation: Rotation) {
  return insertion(db, accountId, token, rotation.now, isRoom(accountId, rotation));
}

function insertion(db: Database, accountId: string, token: NewTokenRow, now: number, condition: SQL) {
  return db
    .insert(tokens)
    .select(
      sql`
      SELECT ${token.tokenHash}, id, ${now}, NULL, ${token.tokenId}, ${token.lastFour}, ${token.signedBy} FROM accounts
      WHERE account_id = ${accountId} AND ${condition}`,
    )
    .returning({ tokenHash: tokens.tokenHash });
}

/** Lets the account's current token end, if there is room for another; one that was given an end keeps it. */
export function expireTokens(db: Database, accountId: string, rotation: Rotation) {
  return db
    .update(tokens)
    .set({ expiresAt: rotation.oldTokensEndAt })
    .where(and(eq(tokens.account, idOf(accountId)), isNull(tokens.expiresAt), isRoom(accountId, rotation)));
}

/** Reads the same before and after the current token was given its end. */
function isRoom(accountId: string, { now, oldTokensEndAt, mostTokens }: Rotation) {
  return sql`(
    SELECT count(*) FROM tokens o
    WHERE o.account = ${idOf(accountId)} AND coalesce(o.expires_at, ${oldTokensEndAt}) > ${now}) < ${mostTokens}`;
}

/** One row while the token lets its account in, none otherwise; until when, and what the account may store and send. */
export function selectLiveToken(db: Database, tokenHash: string, now: number) {
  return db
    .select({
      expiresAt: tokens.expiresAt,
      accountId: accounts.accountId,
      storageFull: accounts.storageFull,
      suspendedAt: accounts.suspendedAt,
      rateLimit: accounts.rateLimit,
    })
    .from(tokens)
    .innerJoin(accounts, eq(accounts.id, tokens.account))
    .where(and(eq(tokens.tokenHash, tokenHash), isLive(now)));
}

/** The account's live tokens, newest first. */
export function selectLiveTokens(db: Database, accountId: string, now: number) {
  return db
    .select({
      tokenId: TOKEN_ID.as("shown_id"),
      lastFour: tokens.lastFour,
      createdAt: tokens.createdAt,
      expiresAt: tokens.expiresAt,
    })
    .from(tokens)
    .where(and(eq(tokens.account, idOf(accountId)), isLive(now)))
    .orderBy(desc(tokens.createdAt), desc(sql`shown_id`));
}

/** Ends a live token of the account at once; nothing comes back when it has no such token. */
export function endToken(db: Database, accountId: string, tokenId: string, now: number) {
  return db
    .update(tokens)
    .set({ expiresAt: now })
    .where(and(eq(tokens.account, idOf(accountId)), eq(TOKEN_ID, tokenId), isLive(now)))
    .returning({ tokenHash: tokens.tokenHash });
}

/** Tokens that have ended are of no more use. */
export function deleteExpiredTokens(db: Database, before: number) {
  return db.delete(tokens).where(lt(tokens.expiresAt, before));
}

function isLive(now: number) {
  return or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now));
}
