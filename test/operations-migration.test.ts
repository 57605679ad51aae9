/** The account of operational events was known by its name once, and a customer may have had that. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { removeTables } from "./support/tables";

const BEFORE = env.TEST_MIGRATIONS.findIndex(({ name }) => name.includes("alerts_and_operations"));

beforeEach(async () => {
  await removeTables();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, BEFORE));
});

/** The account of that name, with the gateway's webhook as a destination, and a token if it is a customer's. */
async function accountOfThatName(email: string, hasToken: boolean): Promise<void> {
  const statements = [
    `INSERT INTO accounts (id, account_id, email, email_key, account_name, created_at, updated_at)
     VALUES (1, 'operations', '${email}', '${email}', 'Operations', 1, 1)`,
    `INSERT INTO destinations (key, destination_id, account, url, http_method, sealed_headers, sealed_secrets,
                               description, enabled, timeout_ms, created_at, updated_at)
     VALUES (1, 'dst_1', 1, 'https://ops.example', 'POST', 'h', 's', 'ALERT_WEBHOOK_URL', 1, 10000, 1, 1),
            (2, 'dst_2', 1, 'https://own.example', 'POST', 'h', 's', 'own', 1, 10000, 1, 1)`,
    ...(hasToken ? ["INSERT INTO tokens (token_hash, account, created_at) VALUES ('hash', 1, 1)"] : []),
  ];
  await env.DB.batch(statements.map((text) => env.DB.prepare(text)));
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}

async function found() {
  const kind = await env.DB.prepare("SELECT kind FROM accounts").first("kind");
  const left = await env.DB.prepare("SELECT destination_id FROM destinations WHERE removed_at IS NULL").raw();
  return [kind, left.flat()];
}

it.each([
  ["with the address that it was given", "operations@data-pusher.invalid", false],
  ["to which somebody gave a token", "operations@data-pusher.invalid", true],
  ["to which somebody gave another address", "ops@example.com", false],
])("the gateway's own, %s, is marked and keeps its webhook", async (_how, email, hasToken) => {
  await accountOfThatName(email, hasToken);
  expect(await found()).toEqual(["operations", ["dst_1", "dst_2"]]);
});

it("a customer's stays a customer's, and loses the webhook that was never its own", async () => {
  await accountOfThatName("ops@customer.example", true);
  expect(await found()).toEqual(["customer", ["dst_2"]]);
});
