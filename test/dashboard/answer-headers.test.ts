/** What every answer carries, whatever it answers: it is kept in no cache, and taken for nothing but what it says it is. */
import { describe, expect, it, vi } from "vitest";
import { operationsOfApi } from "../api/operations";
import { call, openGateway, request } from "../support/gateway";
import { Browser, operator, tenant } from "../support/pages";
import { newAccount, send } from "../support/tenants";

const kept = (headers: Headers) => [headers.get("cache-control"), headers.get("x-content-type-options")];
const NOWHERE = ["no-store", "nosniff"];

describe("an answer of the API", () => {
  it("says so at every operation, to those who may and to those who may not", async () => {
    const operations = await operationsOfApi();
    expect(operations.length).toBeGreaterThan(20);
    for (const { method, path } of operations) {
      const at = path.replace(/\{\w+\}/g, "unknown");
      expect([method, path, ...kept((await call(method, at)).headers)]).toEqual([method, path, ...NOWHERE]);
      expect([method, path, ...kept((await request(method, at)).headers)]).toEqual([method, path, ...NOWHERE]);
    }
  });

  it("says so with a token in it, and with an event's payload", async () => {
    const account = await newAccount();
    const made = await call("POST", `/accounts/${account.account_id}/tokens`, {});
    expect([made.status, ...kept(made.headers)]).toEqual([201, ...NOWHERE]);
    const read = await call("GET", `/events/${(await send(account, "{}")).event_id}`);
    expect([read.status, ...kept(read.headers)]).toEqual([200, ...NOWHERE]);
  });

  it("says so when there is nothing, the method is wrong, or the settings are", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(kept((await request("GET", "/nothing")).headers)).toEqual(NOWHERE);
    expect(kept((await call("PUT", "/events")).headers)).toEqual(NOWHERE);
    const { door } = openGateway({ TOKEN_KEYS: "" });
    expect(kept((await request("GET", "/accounts", {}, undefined, door)).headers)).toEqual(NOWHERE);
  });
});

describe("a page", () => {
  const HTML = { accept: "text/html" };

  it("of signing in, of the portal, of errors and of documentation says so and asks for nothing of the machine", async () => {
    const visitor = new Browser();
    const pages = ["/dashboard/sign-in", "/portal/closed", "/portal/closed?left=1", "/docs", "/nowhere"];
    for (const path of pages) {
      const { headers } = await visitor.visit(path, HTML);
      expect([path, ...kept(headers)]).toEqual([path, ...NOWHERE]);
      expect(headers.get("permissions-policy"), path).toMatch(/camera=\(\).*geolocation=\(\)/);
    }
    const refused = await visitor.send("/dashboard/sign-in", { key: "wrong" });
    expect([refused.status, ...kept(refused.headers)]).toEqual([401, ...NOWHERE]);
  });

  it("says so on the way in and behind it, with a payload too", async () => {
    const account = await newAccount();
    const { event_id } = await send(account, "{}");
    const { browser } = await tenant(account);
    const admin = await operator();
    const paths = ["/portal", "/portal/enter?link=none", `/portal/events/${event_id}/payload`, "/portal/unknown"];
    for (const path of paths) {
      const { headers } = await browser.visit(path, HTML);
      expect([path, ...kept(headers)]).toEqual([path, ...NOWHERE]);
      expect(headers.get("permissions-policy"), path).toMatch(/camera=\(\)/);
    }
    expect(kept((await admin.visit("/dashboard/accounts")).headers)).toEqual(NOWHERE);
  });
});
