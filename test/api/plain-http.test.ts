import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openGateway } from "../support/gateway";
import { newAccount } from "../support/tenants";
import { operationsOfApi } from "./operations";

const AUTHORIZED = { authorization: `Bearer ${env.ADMIN_TOKEN}` };
const { door } = openGateway();

async function at(url: string, init: RequestInit = {}, settings?: Record<string, unknown>) {
  const answer = await (settings ? openGateway(settings).door : door)(new Request(url, init));
  const text = await answer.text();
  const code = answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text).code : undefined;
  return { status: answer.status, location: answer.headers.get("location"), code, headers: answer.headers };
}

describe("over plain http", () => {
  it.each(["/", "/dashboard", "/dashboard/keys?cursor=a%20b", "/portal/enter?link=dpl_x", "/docs", "/api/dashboard/"])(
    "the page %s leads to https, whatever a proxy is said to have done",
    async (path) => {
      for (const headers of [{}, { "x-forwarded-proto": "https", forwarded: "proto=https" }])
        for (const method of ["GET", "HEAD"]) {
          const answer = await at(`http://gateway.example:8080${path}`, { method, headers });
          expect([answer.status, answer.location]).toEqual([308, `https://gateway.example${path}`]);
          expect(answer.headers.getSetCookie()).toEqual([]);
        }
    },
  );

  it("no operation of the API answers, with a key or without", async () => {
    const operations = (await operationsOfApi()).filter(({ path }) => path !== "/health");
    expect(operations.length).toBeGreaterThan(20);
    for (const { method, path } of operations)
      for (const headers of [AUTHORIZED, {}]) {
        const { status, code } = await at(`http://gateway.example${path.replace(/\{\w+\}/g, "x")}`, {
          method,
          headers,
        });
        expect([method, path, status, code]).toEqual([method, path, 403, "https_required"]);
      }
  });

  it("no event is taken, and no form", async () => {
    const { app_secret_token } = await newAccount();
    const json = { "content-type": "application/json", "cl-x-token": app_secret_token };
    const form = { "content-type": "application/x-www-form-urlencoded", origin: "http://gateway.example" };
    for (const [path, headers, body] of [
      ["/server/incoming_data", json, "{}"],
      ["/api/server/incoming_data", json, "{}"],
      ["/dashboard/sign-in", form, `key=${env.ADMIN_TOKEN}`],
      ["/portal/sign-out", form, ""],
    ] as const) {
      const answer = await at(`http://gateway.example${path}`, { method: "POST", headers, body });
      expect([path, answer.status, answer.code]).toEqual([path, 403, "https_required"]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it("health is told to whoever sends no key", async () => {
    expect((await at("http://gateway.example/health")).status).toBe(200);
    expect((await at("http://gateway.example/health", { headers: AUTHORIZED })).code).toBe("https_required");
  });

  it.each(["localhost:8787", "gateway.localhost", "127.0.0.1:8787", "127.1.2.3", "[::1]:8787"])(
    "%s is answered, with cookies that a browser keeps there",
    async (host) => {
      expect((await at(`http://${host}/accounts`, { headers: AUTHORIZED })).status).toBe(200);
      const signedIn = await signIn(`http://${host}`);
      expect([signedIn.status, signedIn.headers.getSetCookie()]).toEqual([
        303,
        [expect.stringMatching(/^dp_operator=dps_\w+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)],
      ]);
      const [cookie = ""] = signedIn.headers.getSetCookie();
      expect((await at(`http://${host}/dashboard/keys`, { headers: { cookie } })).status).toBe(200);
    },
  );

  it.each(["localhost.example", "127.0.0.1.example", "127.0.0.1x", "xlocalhost", "10.0.0.1", "[::2]", "0.0.0.0"])(
    "%s is not this machine",
    async (host) => {
      expect((await at(`http://${host}/accounts`, { headers: AUTHORIZED })).code).toBe("https_required");
    },
  );

  it("all is answered when the operator allows it", async () => {
    const settings = { ALLOW_PLAIN_HTTP: "true" };
    expect((await at("http://gateway.example/accounts", { headers: AUTHORIZED }, settings)).status).toBe(200);
    expect((await signIn("http://gateway.example", settings)).status).toBe(303);
  });
});

function signIn(origin: string, settings?: Record<string, unknown>) {
  const headers = { "content-type": "application/x-www-form-urlencoded", origin };
  const body = new URLSearchParams({ key: env.ADMIN_TOKEN }).toString();
  return at(`${origin}/dashboard/sign-in`, { method: "POST", headers, body }, settings);
}
