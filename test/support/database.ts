/** D1 as it is, with somebody watching each round trip, who may also let it fail. */
import { env } from "cloudflare:workers";

export type Asked = { sql: string; parameters: unknown[] };
export type Done = Asked & { rowsWritten: number };
export type RoundTrip = { parameters: unknown[]; statements: number; asked: Asked[] };

/**
 * @param before what happens before a round trip; it fails when this throws
 * @param after gets the rows that it wrote and read, as D1 bills them, and each of its statements
 */
export function watchedDatabase(
  before: (trip: RoundTrip) => void | Promise<void>,
  after: (rowsWritten: number, rowsRead: number, done: Done[]) => void = () => undefined,
): D1Database {
  const askedOf = new WeakMap<object, Asked>();
  const inner = new WeakMap<object, D1PreparedStatement>();

  async function trip<Result>(statements: object[], go: () => Promise<Result>): Promise<Result> {
    const asked = statements.flatMap((one) => askedOf.get(one) ?? []);
    await before({ parameters: asked.flatMap(({ parameters }) => parameters), statements: statements.length, asked });
    const result = await go();
    const results = [result].flat();
    const done = asked.map((one, i) => ({ ...one, rowsWritten: sumOf(results[i], "rows_written") }));
    after(sumOf(result, "rows_written"), sumOf(result, "rows_read"), done);
    return result;
  }

  function watch(statement: D1PreparedStatement, asked: Asked): D1PreparedStatement {
    const watched = {
      bind: (...parameters: unknown[]) => watch(statement.bind(...parameters), { ...asked, parameters }),
      run: () => trip([watched], () => statement.run()),
      all: () => trip([watched], () => statement.all()),
      first: (column: string) => trip([watched], () => statement.first(column)),
      raw: (options: { columnNames: true }) => trip([watched], () => statement.raw(options)),
    };
    askedOf.set(watched, asked);
    inner.set(watched, statement);
    return watched as unknown as D1PreparedStatement;
  }

  return {
    prepare: (sql: string) => watch(env.DB.prepare(sql), { sql, parameters: [] }),
    batch: (statements: D1PreparedStatement[]) =>
      trip(statements, () => env.DB.batch(statements.map((one) => inner.get(one) ?? one))),
    exec: (sql: string) => trip([], () => env.DB.exec(sql)),
  } as unknown as D1Database;
}

/** A database that does not answer. */
export function brokenDatabase(error = new Error("D1_ERROR: Network connection lost.")): D1Database {
  return watchedDatabase(() => {
    throw error;
  });
}

function sumOf(result: unknown, figure: "rows_written" | "rows_read"): number {
  return [result].flat().reduce<number>((sum, one) => {
    const { meta } = (one ?? {}) as { meta?: Partial<Record<typeof figure, number>> };
    return sum + (meta?.[figure] ?? 0);
  }, 0);
}
