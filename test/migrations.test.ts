/** A database that an earlier version filled serves this one: what was there is there, and what was due goes out. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call } from "./support/gateway";
import { openReceiver } from "./support/receivers";
import { removeTables, tables } from "./support/tables";
import { type Account, addDestination, newAccount, send, settled } from "./support/tenants";

type Row = Record<string, string | number | null>;

const versions = env.TEST_MIGRATIONS.map(({ name }, i) => ({ name, count: i + 1 }));

it.each(versions.slice(0, -1))("a database of $name", async ({ count }) => {
  let status = 200;
  const receiver = openReceiver(async () => new Response("", { status }));
  const account = await newAccount({ website: "https://acme.example" });
  const destination = await addDestination(account, receiver.url, { headers: { Authorization: "Bearer 1" } });
  const delivered = await send(account, '{"n":1}', { headers: { "idempotency-key": "order-17" } });
  const [arrived] = (await settled(delivered.event_id)).deliveries;
  status = 500;
  const failed = await send(account, '{"n":2}');
  const [waiting] = (await settled(failed.event_id)).deliveries;
  const paths = [
    `/accounts/${account.account_id}`,
    `/destinations/${destination.destination_id}`,
    `/events/${delivered.event_id}`,
    `/events/${failed.event_id}`,
    `/deliveries?account_id=${account.account_id}`,
    `/deliveries/${arrived!.delivery_id}`,
    `/deliveries/${waiting!.delivery_id}`,
  ];
  const read = () => Promise.all(paths.map(async (path) => (await call<unknown>("GET", path)).json));
  const before = await read();

  const rows = await allRows();
  await removeTables();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, count));
  await putBack(rows);
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

  expect(await read()).toEqual(before);
  status = 200;
  await call("POST", `/events/${failed.event_id}/redeliveries`);
  await vi.waitUntil(() => receiver.arrived.length === 3, { timeout: 4_000, interval: 20 });
  const { headers, text } = receiver.arrived[2]!;
  expect([text, headers.get("content-type"), headers.get("authorization")]).toEqual([
    '{"n":2}',
    "application/json",
    "Bearer 1",
  ]);
  const again = await send(account, '{"n":1}', { headers: { "idempotency-key": "order-17" } });
  expect(again).toMatchObject({ event_id: delivered.event_id, duplicate: true });
  const changed = await call<Account>("PATCH", `/accounts/${account.account_id}`, { account_name: "Other" });
  expect(changed.json.account_name).toBe("Other");
});

async function allRows(): Promise<Map<string, Row[]>> {
  const names = (await tables()).filter((name) => name !== "d1_migrations");
  const read = names.map(
    async (name) => [name, (await env.DB.prepare(`SELECT * FROM ${name}`).all<Row>()).results] as const,
  );
  return new Map(await Promise.all(read));
}

/** As far as the tables that are there have columns for it. */
async function putBack(given: Map<string, Row[]>): Promise<void> {
  const inserts: D1PreparedStatement[] = [];
  const names = await tables();
  const rows = names.includes("flights") ? given : withFirstAttempts(given);
  for (const name of names) {
    const { results } = await env.DB.prepare(`SELECT name FROM pragma_table_info('${name}')`).all<{ name: string }>();
    const columns = results.map((column) => column.name);
    for (const row of rows.get(name) ?? []) {
      const kept = columns.filter((column) => column in row);
      const places = kept.map(() => "?").join();
      inserts.push(
        env.DB.prepare(`INSERT INTO ${name} (${kept}) VALUES (${places})`).bind(...kept.map((column) => row[column])),
      );
    }
  }
  await env.DB.batch([env.DB.prepare("PRAGMA defer_foreign_keys = ON"), ...inserts]);
}

/** As versions had it that kept the first attempt among the others. */
function withFirstAttempts(rows: Map<string, Row[]>): Map<string, Row[]> {
  const attempted = (rows.get("deliveries") ?? []).filter(({ first_outcome }) => first_outcome !== null);
  const firsts = attempted.map((row) => {
    const fields = Object.entries(row).filter(([name]) => name.startsWith("first_"));
    const { event_id, destination } = row;
    return {
      event_id,
      destination,
      number: 1,
      ...Object.fromEntries(fields.map(([name, value]) => [name.slice(6), value])),
    };
  });
  return new Map([...rows, ["attempts", [...firsts, ...(rows.get("attempts") ?? [])] as Row[]]]);
}
