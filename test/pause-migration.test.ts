/** What a gateway from before has stopped or suspended is paused, and says so. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call } from "./support/gateway";
import { removeTables } from "./support/tables";
import type { Destination } from "./support/tenants";

const BEFORE = env.TEST_MIGRATIONS.findIndex(({ name }) => name.includes("paused"));
const AT = Date.UTC(2026, 10, 20);

it("a database from before a person could pause", async () => {
  await removeTables();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, BEFORE));
  const destination = (key: number, enabled: number, reason: string | null, removedAt: number | null = null) =>
    env.DB.prepare(
      `INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets,
         description, enabled, disabled_reason, timeout_ms, consecutive_failures, wake_at, created_at, updated_at, removed_at)
       VALUES (?, ?, 7, 'https://a.example', 'POST', '', '', '', ?, ?, 1000, 3, NULL, 1, ?, ?)`,
    ).bind(key, `dst_${key}`, enabled, reason, AT, removedAt);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO accounts (id, account_id, email, email_key, account_name, created_at, updated_at)
       VALUES (7, 'acme', 'a@example.com', 'a@example.com', 'Acme', 1, 1)`,
    ),
    env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload) VALUES ('evt_a', 7, 2, 1, '{}')`,
    ),
    destination(1, 1, null),
    destination(2, 0, "failing"),
    destination(3, 0, "account_suspended"),
    destination(4, 0, "disabled_by_user"),
    destination(5, 0, "gone"),
    destination(6, 0, "failing", AT),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, attempt_count, not_before, created_at, updated_at)
       VALUES ('evt_a', 2, 'pending', 3, 5, 1, 1)`,
    ),
  ]);
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

  const { json } = await call<{ data: Destination[] }>("GET", "/accounts/acme/destinations");
  const none = { paused: false, paused_reason: null, paused_at: null };
  const since = { enabled: false, paused: true, paused_at: new Date(AT).toISOString(), consecutive_failures: 3 };
  expect(json.data.map(({ destination_id, ...rest }) => [destination_id, rest])).toMatchObject([
    ["dst_5", { ...none, disabled_reason: "gone" }],
    ["dst_4", { ...none, disabled_reason: "disabled_by_user" }],
    ["dst_3", { ...since, paused_reason: "account_suspended" }],
    ["dst_2", { ...since, paused_reason: "failing" }],
    ["dst_1", { ...none, enabled: true }],
  ]);
  expect((await call<{ details: object }>("GET", "/health")).json.details).toMatchObject({ paused_destinations: 2 });
  const held = await env.DB.prepare("SELECT state, attempt_count, next_attempt_at, not_before FROM deliveries").first();
  expect(held).toEqual({ state: "pending", attempt_count: 3, next_attempt_at: null, not_before: 5 });
});
