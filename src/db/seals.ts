/** Statements on under which key destinations are sealed. Unexecuted; a verb runs them in ONE batch. */
import { type SQL, sql } from "drizzle-orm";
import { all, type Database, run } from "./database";
import { NOTHING_SEALED, type SealedColumns } from "./destinations";

/** What `sealed_by` says where there is nothing to do: it is the first key, or the row does not open with these keys. */
export type Seals = { first: string; unreadable: string };

export type SealRow = SealedColumns & {
  key: number;
  destinationId: string;
  /** Null for what is left of a removed account. */
  accountId: string | null;
  isRemoved: 0 | 1;
};

/** Some of the destinations that may have to be sealed anew, by the index on `sealed_by`. */
export function selectToReseal(db: Database, seals: Seals, limit: number) {
  return all<SealRow>(
    db,
    sql`
    SELECT x.key, x.destination_id AS destinationId, x.url, x.sealed_url AS sealedUrl, x.sealed_headers AS sealedHeaders,
           x.sealed_secrets AS sealedSecrets, x.sealed_by AS sealedBy, x.removed_at IS NOT NULL AS isRemoved,
           (SELECT a.account_id FROM accounts a WHERE a.id = x.account) AS accountId
    FROM ${toDo(seals)} t CROSS JOIN destinations x ON x.key = t.key LIMIT ${limit}`,
  );
}

export type Resealed = { row: SealRow; sealed: SealedColumns };

/** Seals rows anew, each only as it was read: who has changed one meanwhile has sealed it. */
export function updateSeals(db: Database, resealed: Resealed[]) {
  return run(
    db,
    sql`
    UPDATE destinations AS x
    SET url = j.value ->> '$.sealed.url', sealed_url = j.value ->> '$.sealed.sealedUrl',
        sealed_headers = j.value ->> '$.sealed.sealedHeaders', sealed_secrets = j.value ->> '$.sealed.sealedSecrets',
        sealed_by = j.value ->> '$.sealed.sealedBy'
    FROM json_each(${JSON.stringify(resealed)}) j
    WHERE x.key = j.value ->> '$.row.key' AND x.sealed_by = j.value ->> '$.row.sealedBy'
      AND x.url = j.value ->> '$.row.url' AND x.sealed_url IS j.value ->> '$.row.sealedUrl'
      AND x.sealed_headers = j.value ->> '$.row.sealedHeaders' AND x.sealed_secrets = j.value ->> '$.row.sealedSecrets'`,
  );
}

/** How many destinations are not under the first key yet, and how many do not open; counted up to `most`. */
export function countSeals(db: Database, seals: Seals, most: number) {
  const count = (keys: SQL) => sql`(
    SELECT count(*) FROM (SELECT 1 FROM ${keys} t CROSS JOIN destinations x ON x.key = t.key
                          WHERE x.removed_at IS NULL LIMIT ${most}))`;
  const unreadable = sql`(SELECT key FROM destinations WHERE sealed_by = ${seals.unreadable})`;
  return all<{ waiting: number; unreadable: number }>(
    db,
    sql`SELECT ${count(toDo(seals))} AS waiting, ${count(unreadable)} AS unreadable`,
  );
}

/** Range by range, since SQLite looks for no inequality in an index. */
function toDo({ first, unreadable }: Seals): SQL {
  const done = [first, unreadable, NOTHING_SEALED].sort();
  const ranges = [sql`sealed_by >= ''`, ...done.map((one) => sql`sealed_by > ${one}`)].map((above, i) => {
    const below = done[i] === undefined ? sql`` : sql` AND sealed_by < ${done[i]}`;
    return sql`SELECT key FROM destinations WHERE ${above}${below}`;
  });
  return sql`(${sql.join(ranges, sql` UNION ALL `)})`;
}
