/** What carries an event finds its rows by indexes: with a million stored events it costs what it costs with ten. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Asked, watchedDatabase } from "../support/database";
import { githubPayload } from "../support/github";
import { deliveryTo, manage, newTenant, sendEvent } from "./tenant";
import { MINUTE_MS, World } from "./world";

let world: World;
let asked: Asked[] = [];

beforeEach(async () => {
  asked = [];
  const db = watchedDatabase(
    () => undefined,
    (_written, _read, done) => void asked.push(...done),
  );
  world = await World.open({ DB: db, RETENTION_DAYS: "1" });
});
afterEach(() => world.close());

it("from its way in to its end", async () => {
  let status = 200;
  world.answer = () => new Response("", { status });
  const tenant = await newTenant(world, [{}, {}]);
  await sendEvent(world, tenant, githubPayload("push"), "order-1");
  status = 500;
  const failed = await sendEvent(world, tenant, githubPayload("issues"));
  await world.pass(3 * MINUTE_MS);
  status = 200;
  world.fault = ({ name, side }) => (name === "fetch" && side === "before" ? "kill" : "none");
  await sendEvent(world, tenant, githubPayload("star"));
  world.fault = () => "none";
  await manage(world, "POST", `/events/${failed.eventId}/redeliveries`);
  await manage(world, "POST", `/events/${failed.eventId}/deliveries`, { destination_id: tenant.destinations[0]?.id });
  await manage(world, "DELETE", `/events/${failed.eventId}`);
  await world.pass(10 * MINUTE_MS);
  expect(await deliveryTo(world, tenant)).toMatchObject({ state: "delivered" });
  world.advance(2 * 86_400_000);
  await world.pass(2 * MINUTE_MS);
  expect(await world.rows("events")).toBe(0);
  const statements = new Map(asked.map((one) => [one.sql, one]));
  expect(statements.size).toBeGreaterThan(60);
  const scans: string[] = [];
  for (const { sql, parameters } of statements.values()) scans.push(...(await scansOf(sql, parameters)));
  expect(scans).toEqual([]);
});

it("and is planned once: SQLite plans a statement anew, each time, for a limit that is bound", async () => {
  world.answer = () => new Response("", { status: 500 });
  const tenant = await newTenant(world, [{}, {}]);
  await sendEvent(world, tenant, githubPayload("push"));
  await world.handOver(world.takeDue());
  const statements = [...new Set(asked.map(({ sql }) => sql))];
  expect(statements.filter((sql) => /\bINTO (events|flights|deliveries)\b/.test(sql)).length).toBeGreaterThan(3);
  expect(statements.filter((sql) => /LIMIT \?/.test(sql))).toEqual([]);
});

/** Whether a plan makes a list or an index of more than what it has named: `standing` holds that alone. */
function isBuilt(detail: string, sql: string): boolean {
  const ofStanding = /^SEARCH d USING AUTOMATIC/.test(detail) && sql.includes("standing AS MATERIALIZED");
  return /MATERIALIZE all_/.test(detail) || (/AUTOMATIC/.test(detail) && !ofStanding);
}

/** Where a plan reads all of a table that grows with the events, or builds an index of it first. */
async function scansOf(sql: string, parameters: unknown[]): Promise<string[]> {
  if (!/\b(events|deliveries|attempts)\b/.test(sql)) return [];
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...parameters)
    .all<{ detail: string }>();
  const named = /\b(?:FROM|JOIN|UPDATE|INTO) (?:all_)?(events|deliveries|attempts)(?: AS)? (\w+)?/g;
  const big = new Set([...sql.matchAll(named)].flatMap(([, table, alias]) => [table, alias ?? table]));
  const steps = new Set(
    [...sql.matchAll(/(?:\) |JOIN |FROM )(\w+)(?= AS (?:MATERIALIZED )?\()/g)].map(([, name]) => name),
  );
  return results
    .map(({ detail }) => detail)
    .filter((detail) => {
      const [, table] = /^SCAN (\w+)(?!.* INDEX )/.exec(detail) ?? [];
      return (table !== undefined && big.has(table) && !steps.has(table)) || isBuilt(detail, sql);
    })
    .map((detail) => `${detail} in ${sql}`);
}
