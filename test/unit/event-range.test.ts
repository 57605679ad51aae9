import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { all, openDatabase } from "../../src/db/database";
import { firstEventIdAt } from "../../src/db/event-range";
import { firstIdAt } from "../../src/vocabulary/ids";

const db = openDatabase(env.DB);

it.each([-5, 0, 1, 31, 32, 1_767_571_200_123, Date.UTC(2026, 10, 24), 2 ** 48 - 1])(
  "the first id at %i is the same in SQL",
  async (time) => {
    const [row] = await all<{ id: string }>(db, sql`SELECT ${firstEventIdAt(sql`${time}`)} AS id`);
    expect(row?.id).toBe(firstIdAt("evt", time));
  },
);
