/** The tables of the test's database, and how to begin with an older one. */
import { env } from "cloudflare:workers";

export async function tables(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** Leaves an empty database, without what the migrations have made. */
export async function removeTables(): Promise<void> {
  const views = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").all<{ name: string }>();
  const drops = [
    ...views.results.map(({ name }) => `DROP VIEW ${name}`),
    ...(await tables()).map((name) => `DROP TABLE ${name}`),
  ];
  const statements = ["PRAGMA defer_foreign_keys = ON", ...drops].map((text) => env.DB.prepare(text));
  await env.DB.batch(statements);
}
