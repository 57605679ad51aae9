/** What was stored before anybody counted: events are counted later, and dead letters learn whose they are. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { gatewayOf } from "../src/env";
import { shareStorage } from "../src/events/share-storage";
import { removeTables } from "./support/tables";

const BEFORE = env.TEST_MIGRATIONS.findIndex(({ name }) => name.includes("storage_shares"));
const EVENT = { eventId: "evt_1", payload: '{"a":1}', incomingHeaders: null };

it("a database from before the count of bytes", async () => {
  await removeTables();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, BEFORE));
  const bodies = [
    { accept: { ...EVENT, tokenHash: "live" } },
    { accept: { ...EVENT, tokenHash: "gone" } },
    { delivery: "dlv_1" },
    "garbage",
  ];
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO accounts (id, account_id, email, email_key, account_name, created_at, updated_at)
       VALUES (7, 'acme', 'a@example.com', 'a@example.com', 'Acme', 1, 1)`,
    ),
    env.DB.prepare("INSERT INTO tokens (token_hash, account, created_at) VALUES ('live', 7, 1)"),
    env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       VALUES ('evt_a', 7, 500, 1, '{}'), ('evt_b', 7, 250, 1, '{}')`,
    ),
    ...bodies.map((body, i) =>
      env.DB.prepare(
        "INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at) VALUES (?, ?, ?, 'failed', 1)",
      ).bind(`ded_${i}`, `message-${i}`, JSON.stringify(body)),
    ),
  ]);
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

  const letters = await env.DB.prepare(
    "SELECT account, body, size_bytes FROM dead_letters ORDER BY dead_letter_id",
  ).all<{
    account: number | null;
    body: string;
    size_bytes: number;
  }>();
  expect(letters.results.map(({ account }) => account)).toEqual([7, null, null, null]);
  expect(letters.results.map(({ body }) => JSON.parse(body))).toEqual([
    bodies[0],
    { accept: { eventId: "evt_1", tokenHash: "gone" } },
    bodies[2],
    bodies[3],
  ]);
  expect(letters.results[0]?.size_bytes).toBe(JSON.stringify(bodies[0]).length);

  const gateway = gatewayOf({ ...env });
  await shareStorage(gateway, gateway.retention, 8);
  expect(await env.DB.prepare("SELECT stored_bytes FROM accounts").first("stored_bytes")).toBe(2_750);
});
