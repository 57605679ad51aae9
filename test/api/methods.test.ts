/** What a path that is there answers to a method that it does not take: RFC 9110, 15.5.6 and 9.3.7. */
import { describe, expect, it } from "vitest";
import { call, request } from "../support/gateway";
import { operationsOfApi } from "./operations";

const OPERATIONS = (await operationsOfApi()).filter(({ path }) => path !== "/server/incoming_data");
const PATHS = [...Map.groupBy(OPERATIONS, ({ path }) => path)].map(([path, operations]) => {
  const methods = operations.map(({ method }) => method);
  return {
    path: path.replace(/\{\w+\}/g, "unknown"),
    methods: methods.includes("GET") ? [...methods, "HEAD"] : methods,
  };
});

describe.each(PATHS)("$path", ({ path, methods }) => {
  const allowed = [...methods, "OPTIONS"].sort().join(", ");
  const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => !methods.includes(method));

  it.each(others)("refuses %s, and says what it takes", async (method) => {
    for (const at of [path, `${path}/`, `/api${path}`]) {
      const { status, json, headers } = await call(method, at);
      expect([status, json.code, headers.get("allow")]).toEqual([405, "method_not_allowed", allowed]);
    }
  });

  it("says to OPTIONS what it takes", async () => {
    const { status, headers } = await call("OPTIONS", path);
    expect([status, headers.get("allow")]).toEqual([204, allowed]);
  });
});

describe("a path that is not there", () => {
  it.each(["GET", "POST", "OPTIONS"])("is a 404 for %s", async (method) => {
    const { status, json, headers } = await call(method, "/acounts");
    expect([status, json.code, headers.get("allow")]).toEqual([404, "not_found", null]);
  });

  it("is a page for a browser, which leads to what there is", async () => {
    const { status, text, headers } = await request("GET", "/acounts", { accept: "text/html,*/*;q=0.8" });
    expect(status).toBe(404);
    expect(headers.get("content-type")).toMatch(/^text\/html/);
    expect(headers.get("content-security-policy")).toContain("default-src");
    expect(text).toContain('href="/docs"');
  });
});
