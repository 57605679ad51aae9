import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { World } from "./world";

const NEW_KEY = btoa("a-new-token-key-of-32-bytes-okay");

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open();
  await env.DB.prepare("DELETE FROM operator_keys").run();
  tenant = await newTenant(world);
  await manage(world, "POST", "/keys", { name: "Ann", role: "viewer" });
  await manage(world, "POST", `/accounts/${tenant.accountId}/portal-links`, {});
});
afterEach(() => world.close());

async function signers() {
  const { json } = await manage<{ details: { signed_by_older_keys: unknown } }>(world, "GET", "/health");
  return json.details.signed_by_older_keys;
}

const all = (older: number, unknown = 0) => ({
  tokens: { older, unknown },
  operator_keys: { older, unknown },
  portal_links: { older, unknown },
});

it("a rotation of the token keys says what still needs the old key, until all is replaced", async () => {
  expect(await signers()).toEqual(all(0));
  world.configure({ TOKEN_KEYS: `${NEW_KEY},${env.TOKEN_KEYS}` });
  expect(await signers()).toEqual(all(1));
  expect((await sendEvent(world, tenant, "{}")).status).toBe(200);
  await env.DB.batch(
    ["tokens", "operator_keys", "portal_links"].map((table) => env.DB.prepare(`UPDATE ${table} SET signed_by = NULL`)),
  );
  expect(await signers()).toEqual(all(0, 1));
  const { json } = await manage<{ app_secret_token: string }>(world, "POST", `/accounts/${tenant.accountId}/tokens`, {
    overlap_seconds: 0,
  });
  for (const [list, id] of [
    ["/keys", "key_id"],
    [`/accounts/${tenant.accountId}/portal-links`, "portal_link_id"],
  ] as const) {
    const { data } = (await manage<{ data: Record<string, string>[] }>(world, "GET", list)).json;
    for (const one of data) expect((await manage(world, "DELETE", `${list}/${one[id]}`)).status).toBe(204);
  }
  world.advance(1);
  expect(await signers()).toEqual(all(0));
  world.configure({ TOKEN_KEYS: NEW_KEY });
  expect((await sendEvent(world, { ...tenant, token: json.app_secret_token }, "{}")).status).toBe(200);
  expect((await sendEvent(world, tenant, "{}")).status).toBe(401);
});
