import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, openGateway } from "../support/gateway";
import { Browser, operator, operatorKey, tenant } from "../support/pages";
import { newAccount } from "../support/tenants";

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
    expect(entered.headers.get("set-cookie")).toMatch(
      /^__Host-dp_operator=dps_[0-9a-z_]+; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Lax$/,
    );
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
    after.setCookie("__Host-dp_operator", before.cookieOf("__Host-dp_operator"));
    expect((await after.visit("/dashboard/accounts")).status).toBe(303);
  });

  it("is not had by a tenant's cookie, nor a tenant's by an operator's", async () => {
    const { browser: visitor } = await tenant(await newAccount());
    const admin = await operator();
    const climbing = new Browser();
    climbing.setCookie("__Host-dp_operator", visitor.cookieOf("__Host-dp_tenant"));
    expect((await climbing.visit("/dashboard/accounts")).status).toBe(303);
    const descending = new Browser();
    descending.setCookie("__Host-dp_tenant", admin.cookieOf("__Host-dp_operator"));
    expect((await descending.visit("/portal")).location).toBe("/portal/closed");
  });
});
