import { describe, expect, it } from "vitest";
import { createApp } from "../src/app";
import { request } from "./support/gateway";

type Content = { content?: Record<string, { schema?: unknown }> };
type Operation = {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; schema?: unknown }[];
  requestBody?: Content;
  responses: Record<string, Content & { description?: string }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, unknown> }>; securitySchemes: object };
};

/** Routes that are pages for people, or the document itself. */
const NOT_API = ["/openapi.json", "/docs", "/dashboard", "/portal"];

const { json: document, status } = await request<Document>("GET", "/openapi.json");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1, for everyone to read, with and without /api and a slash", async () => {
    expect([status, document.openapi]).toEqual([200, "3.1.0"]);
    for (const path of ["/openapi.json/", "/api/openapi.json"]) {
      expect((await request<Document>("GET", path)).json.paths).toEqual(document.paths);
    }
  });

  it("has every route of the app, and no other", () => {
    const routes = createApp()
      .routes.filter(
        ({ method, path }) =>
          method !== "ALL" && !path.includes("*") && path !== "/" && !NOT_API.some((page) => path.startsWith(page)),
      )
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(routes.length).toBeGreaterThan(20);
    // The ingest answers every method, and means POST.
    expect(operations.map(({ name }) => name).sort()).toEqual(
      [...new Set([...routes, "POST /server/incoming_data"])].sort(),
    );
  });

  it("names each operation once", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id) => !id)).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations)("says all about $name", ({ name, path, operation }) => {
    expect(operation.summary).toMatch(/^[A-Z].{5,}/);
    expect(operation.tags).toHaveLength(1);
    expect(operation.security).toBeDefined();
    const statuses = Object.keys(operation.responses);
    expect(statuses.filter((code) => code.startsWith("2"))).not.toEqual([]);
    for (const [code, answer] of Object.entries(operation.responses)) {
      expect(answer.description, code).toMatch(/\w/);
      if (code !== "204") expect(answer.content?.["application/json"]?.schema, code).toBeDefined();
    }
    if (JSON.stringify(operation.security) === '[{"operator":[]}]') {
      expect(statuses).toEqual(expect.arrayContaining(["400", "401", "429", "503"]));
    }
    if (path.includes("{")) expect(statuses).toContain("404");
    // a body is looked at even where none is taken
    if (!name.startsWith("GET ")) expect(statuses).toEqual(expect.arrayContaining(["413", "415"]));
    if (operation.requestBody) {
      for (const { schema } of Object.values(operation.requestBody.content ?? {})) expect(schema).toBeDefined();
    }
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
  });

  it("says that senders may come too often, and that /health takes no parameters", () => {
    expect(Object.keys(document.paths["/server/incoming_data"]?.post?.responses ?? {})).toContain("429");
    expect(Object.keys(document.paths["/health"]?.get?.responses ?? {})).toContain("400");
  });

  it("has the problem of every error", () => {
    const errors = operations.flatMap(({ name, operation }) =>
      Object.entries(operation.responses).filter(([code]) => code >= "400" && name !== "GET /health"),
    );
    expect(errors.length).toBeGreaterThan(50);
    for (const [, { content }] of errors) {
      expect(content?.["application/json"]?.schema).toEqual({ $ref: "#/components/schemas/Problem" });
    }
  });

  it.each([
    ["Account", ["account_id", "email", "account_name", "website", "created_at", "updated_at"]],
    ["NewAccount", ["email", "account_name", "website", "account_id"]],
    ["Destination", ["destination_id", "account_id", "url", "http_method", "headers", "description", "enabled"]],
    ["Event", ["event_id", "account_id", "idempotency_key", "received_at", "size_bytes", "delivery_counts"]],
    ["Delivery", ["delivery_id", "event_id", "account_id", "destination_id", "state", "reason", "attempt_count"]],
    ["Attempt", ["number", "started_at", "duration_ms", "outcome", "status_code", "response_headers", "response_body"]],
    ["Problem", ["success", "message", "code", "request_id", "errors"]],
  ])("knows the fields of %s", (name, fields) => {
    expect(Object.keys(document.components.schemas[name]?.properties ?? {})).toEqual(expect.arrayContaining(fields));
  });

  it("refers to nothing that is not there", () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    const components = document.components as Record<string, Record<string, unknown>>;
    for (const [reference, kind, name] of references) expect(components[kind!]?.[name!], reference).toBeDefined();
  });
});
