import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, openGateway } from "../support/gateway";
import { Browser, operator, operatorKey, tenant } from "../support/pages";
import { newAccount } from "../support/tenants";

const HOUR_MS = 3_600_000;

afterEach(() => vi.useRealTimers());

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

describe("signing in", () => {
  it("with the first key opens the pages, and leads back to where one was", async () => {
    const browser = new Browser();
    const asked = await browser.visit("/dashboard/deliveries?state=pending");
    expect([asked.status, asked.location]).toEqual([
      303,
      "/dashboard/sign-in?back=%2Fdashboard%2Fdeliveries%3Fstate%3Dpending",
    ]);
    expect((await browser.visit(asked.location!)).text).toContain('value="/dashboard/deliveries?state=pending"');
    const entered = await browser.send("/dashboard/sign-in", {
      key: ` ${env.ADMIN_TOKEN} `,
      back: "/dashboard/deliveries?state=pending",
    });
    expect([entered.status, entered.location]).toEqual([303, "/dashboard/deliveries?state=pending"]);
    expect(entered.headers.get("set-cookie")).toMatch(/HttpOnly; Secure; SameSite=Lax/);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(200);
  });

  it.each(["https://evil.test/", "//evil.test", "/dashboard.evil", "/\\evil.test", "/accounts", "javascript:alert(1)"])(
    "never leads to %s",
    async (back) => {
      const answer = await new Browser().send("/dashboard/sign-in", { key: env.ADMIN_TOKEN, back });
      expect(answer.location).toBe("/dashboard");
    },
  );

  it.each(["", "wrong", `${env.ADMIN_TOKEN}x`, `dpk_${"0".repeat(48)}`])("is refused with %j", async (key) => {
    const browser = new Browser();
    const answer = await browser.send("/dashboard/sign-in", { key });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("This is not an operator");
    if (key) expect(answer.text).not.toContain(key);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(303);
  });

  it("is refused with an account's token", async () => {
    const { app_secret_token } = await newAccount();
    expect((await new Browser().send("/dashboard/sign-in", { key: app_secret_token })).status).toBe(401);
  });
});

describe("an operator's session", () => {
  it("ends by signing out", async () => {
    const browser = await operator();
    const answer = await browser.send("/dashboard/sign-out");
    expect([answer.status, answer.location]).toEqual([303, "/dashboard/sign-in"]);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(303);
  });

  it("ends after 12 hours", async () => {
    const browser = await operator();
    later(11.9 * HOUR_MS);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(200);
    later(0.2 * HOUR_MS);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(303);
  });

  it("ends at once when its key is revoked", async () => {
    const { key_id, operator_key } = await operatorKey("admin");
    const browser = await operator(operator_key);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(200);
    await call("DELETE", `/keys/${key_id}`);
    expect((await browser.visit("/dashboard/accounts")).status).toBe(303);
    expect((await browser.send("/dashboard/new-account", { account_name: "x" })).location).toBe("/dashboard/sign-in");
  });

  it.each(["ADMIN_TOKEN", "TOKEN_KEYS"])("ends when %s is replaced", async (name) => {
    const value =
      name === "ADMIN_TOKEN" ? "another-admin-token-0123456789" : btoa("another-token-key-0123456789abcdefghij");
    const before = await operator();
    const after = new Browser(openGateway({ [name]: value }).door);
    after.setCookie("dp_operator", before.cookieOf("dp_operator"));
    expect((await after.visit("/dashboard/accounts")).status).toBe(303);
  });

  it("is not had by a cookie that was changed, or made up", async () => {
    const value = decodeURIComponent((await operator()).cookieOf("dp_operator"));
    const [payload = "", signature] = value.split(/\.(?=[^.]*$)/);
    const session = JSON.parse(atob(payload));
    const longer = btoa(JSON.stringify({ ...session, expiresAt: session.expiresAt + HOUR_MS }));
    for (const made of [
      `${longer}.${signature}`,
      payload,
      `${payload}.`,
      `${payload}.${btoa("x".repeat(32))}`,
      "x",
      "",
    ]) {
      const browser = new Browser();
      browser.setCookie("dp_operator", encodeURIComponent(made));
      expect([made, (await browser.visit("/dashboard/accounts")).status]).toEqual([made, 303]);
    }
  });

  it("is not had by a tenant's cookie, nor a tenant's by an operator's", async () => {
    const { browser: visitor } = await tenant(await newAccount());
    const admin = await operator();
    const climbing = new Browser();
    climbing.setCookie("dp_operator", visitor.cookieOf("dp_tenant"));
    expect((await climbing.visit("/dashboard/accounts")).status).toBe(303);
    const descending = new Browser();
    descending.setCookie("dp_tenant", admin.cookieOf("dp_operator"));
    expect((await descending.visit("/portal")).location).toBe("/portal/closed");
  });
});
