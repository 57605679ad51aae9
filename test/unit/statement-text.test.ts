import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { all, literal, openDatabase } from "../../src/db/database";

it("a statement goes out as it is written, with its values bound", async () => {
  const db = openDatabase(env.DB);
  const statement = all<{ one: string; two: number }>(db, sql`SELECT ${"a"} AS one, 2 AS two LIMIT ${literal(1)}`);
  expect(statement.getQuery()).toEqual({ sql: "SELECT ? AS one, 2 AS two LIMIT 1", params: ["a"] });
  expect(await statement).toEqual([{ one: "a", two: 2 }]);
});
