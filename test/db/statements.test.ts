/** A statement in SQL asks the database what Drizzle would ask. */
import { type SQL, sql } from "drizzle-orm";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { all, run } from "../../src/db/database";
import { events } from "../../src/db/schema";
import { db } from "./rows";

const dialect = new SQLiteAsyncDialect();

function asked(query: SQL) {
  const { sql: text, params } = all(db, query).getQuery();
  return { sql: text, params };
}

const drizzles = (query: SQL) => {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return { sql: text, params };
};

/** Templates in templates, with whatever can stand in them. */
const { template } = fc.letrec<{ template: SQL }>((tie) => {
  const part = fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean(), fc.constant(undefined)),
    fc.oneof(fc.constantFrom(sql.raw("x.key = 1"), events.eventId, events, sql.identifier("name"))),
    fc.array(fc.integer(), { maxLength: 3 }),
    tie("template"),
    fc.array(tie("template"), { maxLength: 3 }).map((parts) => sql.join(parts, sql` OR `)),
  );
  return { template: fc.tuple(part, part).map(([one, other]) => sql`SELECT ${one} FROM ${other} WHERE true`) };
});

it("whatever is in its template, with the parameters in the order of their marks", () => {
  fc.assert(
    fc.property(template, (query) => {
      expect(asked(query)).toEqual(drizzles(query));
    }),
  );
});

it("and gets its parameters where they belong, alone and in a batch", async () => {
  const inner = sql`(SELECT ${"second"} AS b)`;
  const query = sql`SELECT ${"first"} AS a, b, ${3} AS c, ${null} AS d FROM ${inner}`;
  const rows = [{ a: "first", b: "second", c: 3, d: null }];
  expect(await all(db, query)).toEqual(rows);
  expect(await db.batch([all(db, query), run(db, sql`SELECT ${1}`), all(db, sql`SELECT 1 AS one`)])).toMatchObject([
    rows,
    { success: true },
    [{ one: 1 }],
  ]);
});
