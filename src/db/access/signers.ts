/** Statements on which of `TOKEN_KEYS` signed what lets somebody in. Unexecuted; a verb runs them in ONE batch. */
import { sql } from "drizzle-orm";
import { all, type Database } from "../database";

export type SignerRow = { kind: "tokens" | "operator_keys" | "portal_links"; older: number; unknown: number };

/** What still lets in, by kind: how many another key than `first` signed, and of how many that was not kept. */
export function countSigners(db: Database, first: string, now: number) {
  const counts = sql`count(CASE WHEN signed_by <> ${first} THEN 1 END) AS older, count(*) - count(signed_by) AS unknown`;
  const isLive = sql`(expires_at IS NULL OR expires_at > ${now})`;
  return all<SignerRow>(
    db,
    sql`
    SELECT 'tokens' AS kind, ${counts} FROM tokens WHERE ${isLive}
    UNION ALL SELECT 'operator_keys', ${counts} FROM operator_keys WHERE ${isLive}
    UNION ALL SELECT 'portal_links', ${counts} FROM portal_links WHERE ${isLive}`,
  );
}
