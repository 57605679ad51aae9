import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { all, literal, openDatabase } from "../../src/db/database";

it("a statement goes out without comments and indentation, with its values bound", async () => {
  const db = openDatabase(env.DB);
  const statement = all<{ one: string; two: number }>(
    db,
    sql`
    SELECT ${"a  b"} AS one, -- said once
           2         AS two
    LIMIT ${literal(1)}`,
  );
  expect(statement.getQuery()).toEqual({ sql: " SELECT ? AS one, 2 AS two LIMIT 1", params: ["a  b"] });
  expect(await statement).toEqual([{ one: "a  b", two: 2 }]);
});
