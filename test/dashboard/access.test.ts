/** Cloudflare Access before the pages: the identity is the operator, its role comes from the configuration. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app";
import { parseAccessRoles } from "../../src/keys/access";
import { call, openGateway } from "../support/gateway";
import { Browser, operator, operatorKey } from "../support/pages";
import { newAccount, type Page } from "../support/tenants";

const ROLES = "ann@example.com=admin, Bob@Example.com=editor, @example.com=viewer";

/** A browser in front of which Access has let that person in; nobody where it is null. */
function behindAccess(email: string | null, settings: Record<string, string> = {}): Browser {
  const app = createApp();
  const environment = { ...env, ACCESS_ROLES: ROLES, ...settings };
  return new Browser(async (request) => {
    const context = createExecutionContext();
    const access = email === null ? undefined : { aud: "an app", getIdentity: async () => ({ email }) };
    Object.defineProperty(context, "access", { value: access });
    return app.fetch(request, environment, context);
  });
}

async function makesAccount(browser: Browser): Promise<number> {
  const fields = { email: `${crypto.randomUUID()}@example.com`, account_name: "Made by a person" };
  return (await browser.send("/dashboard/new-account", fields)).status;
}

describe("Access", () => {
  it.each([
    ["ann@example.com", 303, 200],
    ["ANN@example.com", 303, 200],
    ["bob@example.com", 303, 403],
    ["eve@example.com", 403, 403],
  ])("lets %s in without a key, as what the configuration says", async (email, account, key) => {
    const browser = behindAccess(email);
    expect((await browser.visit("/dashboard")).status).toBe(200);
    expect(await makesAccount(browser)).toBe(account);
    const made = await browser.send("/dashboard/keys", { name: "x", role: "viewer" });
    expect(made.status).toBe(key === 200 ? 303 : 403);
  });

  it.each([
    ["mallory@elsewhere.test", {}],
    ["ann@example.com.elsewhere.test", {}],
    [null, {}],
    ["ann@example.com", { ACCESS_ROLES: "" }],
  ])("lets nobody in who has no role: %s, %j", async (email, settings) => {
    const { status, location } = await behindAccess(email, settings).visit("/dashboard");
    expect([status, location]).toEqual([303, expect.stringMatching(/^\/dashboard\/sign-in/)]);
  });

  it("names the person in the audit trail", async () => {
    const account = await newAccount();
    const path = `/dashboard/accounts/${account.account_id}`;
    expect((await behindAccess("ann@example.com").send(`${path}/token`, { overlap_seconds: "0" })).status).toBe(303);
    const { json } = await call<Page<{ actor: { id: string; via: string } }>>(
      "GET",
      `/audit?account_id=${account.account_id}&action=token.rotated`,
    );
    expect(json.data.map(({ actor }) => [actor.id, actor.via])).toEqual([["ann@example.com", "dashboard"]]);
  });

  it("and a key can both be asked for: then the lower role counts, and the person is named", async () => {
    const both = { ACCESS_AND_KEY: "true" };
    expect((await behindAccess("ann@example.com", both).visit("/dashboard")).status).toBe(303);
    const { door } = openGateway({ ACCESS_ROLES: ROLES, ...both });
    const alone = await operator(env.ADMIN_TOKEN, door);
    expect((await alone.visit("/dashboard")).location).toMatch(/^\/dashboard\/sign-in/);
    for (const [email, role, status] of [
      ["ann@example.com", "viewer", 403],
      ["eve@example.com", "admin", 403],
      ["ann@example.com", "editor", 303],
    ] as const) {
      const browser = behindAccess(email, both);
      const { operator_key } = await operatorKey(role);
      await browser.send("/dashboard/sign-in", { key: operator_key });
      expect((await browser.visit("/dashboard")).status).toBe(200);
      expect([email, role, await makesAccount(browser)]).toEqual([email, role, status]);
    }
  });

  it.each(["ann@example.com", "ann@example.com=owner", "ann=admin", "@=admin", "ann@example.com=admin=x, y"])(
    "is not configured by %s",
    (text) => {
      expect(() => parseAccessRoles(text)).toThrow("give e-mails or domains with a role");
    },
  );
});
